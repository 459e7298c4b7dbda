package lease

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// desk is a leader and what it knows, for one place.
type desk struct {
	t      *testing.T
	reign  Reign
	ledger Ledger
	view   View
}

// newDesk is a leader who took over at 100 s, and has 1001 seated at epoch 4.
func newDesk(t *testing.T, class Class) *desk {
	d := &desk{
		t: t, reign: Reign{Store: "s1", Term: 3, Leader: "l3", From: 100 * second},
		ledger: Ledger{Store: "s1", Term: 3, Leader: "l3", Places: map[schema.Place]Seating{}},
		view:   View{Wishes: map[schema.Place]Wish{}, Peers: map[string]Peer{"1001": {}, "1002": {}}, Now: 100 * second, Date: time.Unix(1e9, 0).UTC()},
	}
	d.ledger.Places[pump()] = Seating{Holder: "1001", Epoch: 4, Class: class, Terms: terms()}
	d.wish("1001", Failover)
	return d
}

func (d *desk) seat() Seating { return d.ledger.Places[pump()] }

func (d *desk) wish(serial string, kind Kind) {
	d.view.Wishes[pump()] = Wish{Holder: serial, Kind: kind, Cause: "it is wished", Class: d.seat().Class, Terms: d.seat().Terms}
}

// answered has a peer answer now, on its own clock 1000 s later; it was asked a second before.
func (d *desk) answered(serial, boot string, epoch uint64, state schema.TenantState) {
	now := d.view.Now
	peer := d.view.Peers[serial]
	peer.Answer = Answer{schema.Tenure{Store: "s1", Boot: boot, Now: now + 1000*second, Places: map[schema.Place]schema.Tenant{pump(): {Epoch: epoch, State: state}}}, now - second, now}
	d.view.Peers[serial] = peer
}

func (d *desk) at(now time.Duration) {
	d.view.Date = d.view.Date.Add(now - d.view.Now)
	d.view.Now = now
}

func (d *desk) order() Orders {
	var o Orders
	d.reign, o = d.reign.Order(Confirm{Ledger: d.ledger, Asked: d.view.Now}, d.view)
	return o
}

func (d *desk) decide() Decision {
	var c Decision
	d.reign, c = d.reign.Decide(d.ledger, d.view)
	return c
}

// swapped carries out the swaps of a decision, and wants just one.
func (d *desk) swapped() Seating {
	d.t.Helper()
	c := d.decide()
	if len(c.Swaps) != 1 || !c.Swaps[0].Old.Equal(d.seat()) || c.Swaps[0].Term != 3 || c.Swaps[0].Leader != "l3" {
		d.t.Fatalf("at %v: swaps %+v, waits %+v", d.view.Now, c.Swaps, c.Waits)
	}
	d.ledger.Places[pump()] = c.Swaps[0].New
	return d.seat()
}

// waits wants a place that waits, and no swap.
func (d *desk) waits() Wait {
	d.t.Helper()
	c := d.decide()
	if len(c.Swaps) != 0 || len(c.Waits) != 1 {
		d.t.Fatalf("at %v: swaps %+v, waits %+v", d.view.Now, c.Swaps, c.Waits)
	}
	return c.Waits[0]
}

func (d *desk) granted(want ...string) {
	d.t.Helper()
	var got []string
	o := d.order()
	for _, g := range o.Grants {
		got = append(got, g.To)
	}
	for _, s := range o.Starts {
		got = append(got, s.To)
	}
	if !slices.Equal(got, want) {
		d.t.Fatalf("at %v: it goes on at %v, want %v", d.view.Now, got, want)
	}
}

func TestGrantLastsFromTheAnswer(t *testing.T) {
	d := newDesk(t, Leased)
	d.answered("1001", "b1", 4, schema.Active)
	want := schema.Grant{Store: "s1", Boot: "b1", Place: pump(), Epoch: 4, Until: 1130 * second, StopWithin: 5 * second}
	if got := d.order().Grants; len(got) != 1 || got[0] != (Granting{"1001", want}) {
		t.Fatalf("%+v", got)
	}
	d.ledger.Leader = "l4"
	d.granted()
	d.ledger.Leader = "l3"
	d.at(110 * second)
	d.answered("1001", "b1", 4, schema.Stopping)
	d.granted()
	d.answered("1001", "b1", 5, schema.Passive)
	d.granted()
	d.answered("1001", "b1", 4, schema.Passive)
	if _, o := d.reign.Order(Confirm{Ledger: d.ledger, Asked: d.view.Now - 1}, d.view); o.Grants != nil {
		t.Errorf("built on an answer that came after the confirm was asked for: %+v", o)
	}
	d.granted("1001")
}

// TestGrantsWhenTheStoreIsLost: renewed is whom this leader itself gave the lease that still runs, and nobody else.
func TestGrantsWhenTheStoreIsLost(t *testing.T) {
	lost := func(d *desk, hold bool) Orders {
		wish := d.view.Wishes[pump()]
		wish.Hold = hold
		d.view.Wishes[pump()] = wish
		_, o := d.reign.Order(Confirm{Ledger: d.ledger, Asked: second, Lost: true}, d.view)
		return o
	}
	for name, test := range map[string]struct {
		hold    bool
		granted string // this boot was, by this leader
		boot    string // that answers
		state   schema.TenantState
		passed  time.Duration
		want    int
	}{
		"demote":               {false, "b1", "b1", schema.Active, second, 0},
		"hold":                 {true, "b1", "b1", schema.Active, second, 1},
		"nobody to hold":       {true, "b1", "b1", schema.Passive, second, 0},
		"another's lease":      {true, "", "b1", schema.Active, second, 0},
		"another boot":         {true, "b1", "b2", schema.Active, second, 0},
		"its lease was over":   {true, "b1", "b1", schema.Active, terms().Wait(), 0},
		"its lease just lasts": {true, "b1", "b1", schema.Active, terms().Wait() - 1, 1},
	} {
		d := newDesk(t, Leased)
		if test.granted != "" {
			d.answered("1001", test.granted, 4, schema.Active)
			d.granted("1001")
		}
		granted := d.view.Now
		d.at(granted + test.passed)
		d.answered("1001", test.boot, 4, test.state)
		o := lost(d, test.hold)
		if len(o.Grants) != test.want {
			t.Errorf("%s: %+v", name, o.Grants)
		}
		if by := granted + terms().Wait(); test.want == 0 && (len(o.Lapses) != 1 || o.Lapses[0] != (Lapse{pump(), "1001", by})) {
			t.Errorf("%s: lapses %+v, want by %v", name, o.Lapses, by)
		}
	}
}

// TestUnplannedMove: only a wait later than the last answer that a grant was built on does somebody follow.
func TestUnplannedMove(t *testing.T) {
	d := newDesk(t, Leased)
	d.at(200 * second)
	d.answered("1001", "b1", 4, schema.Active)
	d.granted("1001")
	d.at(220 * second)
	d.wish("1002", Failover)
	if got := d.swapped(); got.Holder != "1001" || got.Epoch != 4 || got.Move == nil || got.Move.To != "1002" || got.Move.Kind != Failover {
		t.Fatalf("the move is written down first: %+v", got)
	}
	d.granted()
	c := d.decide()
	if want := (Revoking{"1001", schema.Revoke{Store: "s1", Place: pump(), Epoch: 5}}); !slices.Equal(c.Revokes, []Revoking{want}) {
		t.Errorf("%+v", c.Revokes)
	}
	end := 200*second + terms().Wait()
	if w := d.waits(); w.Until != end || w.Unseen != nil || !strings.HasPrefix(w.Why, "1001 has not acknowledged that it stopped") {
		t.Errorf("%+v", w)
	}
	d.at(end - 1)
	d.waits()
	d.at(end)
	before := d.ledger.Places[pump()]
	if got := d.swapped(); got.Holder != "1002" || got.Epoch != 5 || got.Move != nil || got.From != "1001" || got.Kind != Failover || got.Cause != "it is wished" || !got.Since.Equal(d.view.Date) {
		t.Errorf("%+v", got)
	}
	d.answered("1002", "b2", 0, schema.Passive)
	d.granted("1002")
	// An older confirm, which came late: whether the swap was made may not even be known.
	before.Move = nil
	d.ledger.Places[pump()] = before
	d.answered("1001", "b1", 4, schema.Passive)
	d.granted()
}

// TestSwapOfUnknownFate: until it is known what became of a swap, neither is the old holder renewed nor forgotten.
func TestSwapOfUnknownFate(t *testing.T) {
	d := newDesk(t, Leased)
	d.at(200 * second)
	d.wish("1002", Failover)
	if c := d.decide(); len(c.Swaps) != 1 || c.Swaps[0].New.Holder != "1002" {
		t.Fatalf("%+v", c)
	}
	stood := d.seat()
	older := stood
	older.Epoch = 2
	d.ledger.Places[pump()] = older
	d.decide() // on a read that was overtaken
	d.ledger.Places[pump()] = stood
	d.wish("1001", Failover) // it is back
	d.answered("1001", "b1", 4, schema.Passive)
	d.granted()
	if got := d.swapped(); got.Holder != "1001" || got.Epoch != 5 {
		t.Errorf("one of the two swaps is made, whichever comes first: %+v", got)
	}
	d.granted("1001")
}

// TestPlannedMove: an acknowledgement spares the wait.
func TestPlannedMove(t *testing.T) {
	d := newDesk(t, Leased)
	d.at(200 * second)
	d.answered("1001", "b1", 4, schema.Active)
	d.granted("1001")
	d.answered("1002", "b1", 0, schema.Passive)
	d.wish("1002", Switchover)
	d.swapped()
	d.at(201 * second)
	for _, no := range []struct {
		boot  string
		epoch uint64
		state schema.TenantState
	}{
		{"b1", 5, schema.Stopping}, // not yet
		{"b1", 4, schema.Passive},  // a grant on its way would start it again
		{"b2", 5, schema.Passive},  // another boot knows nothing of what it was granted before
	} {
		d.answered("1001", no.boot, no.epoch, no.state)
		d.waits()
	}
	d.answered("1001", "b1", 5, schema.Passive)
	if got := d.swapped(); got.Holder != "1002" || got.Epoch != 6 {
		t.Errorf("%+v", got)
	}
}

// TestPlannedMoveBeginsWhenItCanBeFollowed: before that the holder goes on, since nobody could take its place.
func TestPlannedMoveBeginsWhenItCanBeFollowed(t *testing.T) {
	waits := func(d *desk, until time.Duration, why string) {
		t.Helper()
		w := d.waits()
		if w.Until != until || w.Why != "the move to 1002 begins when it can follow at once: "+why || w.Do != "" {
			t.Errorf("%+v", w)
		}
		if c := d.decide(); len(c.Stops)+len(c.Revokes) > 0 {
			t.Errorf("it is stopped: %+v", c)
		}
	}
	begins := func(d *desk) {
		t.Helper()
		if got := d.swapped(); got.Move == nil || got.Move.To != "1002" {
			t.Errorf("%+v", got)
		}
	}
	t.Run("leased", func(t *testing.T) {
		d := newDesk(t, Leased)
		d.wish("1002", Switchover)
		waits(d, 0, "1002 has not said yet that it can take a lease")
		d.answered("1002", "b2", 0, schema.Stopping)
		waits(d, 0, "1002 has not said yet that it can take a lease")
		d.answered("1002", "b2", 0, schema.Passive)
		d.answered("1001", "b1", 4, schema.Active)
		end := 100*second + terms().Wait()
		waits(d, end, "1001 has its lease from the controller before, and can only give up one from this")
		d.granted("1001")
		d.answered("1001", "b3", 4, schema.Passive)
		waits(d, end, "1001 has its lease from the controller before, and can only give up one from this")
		d.granted("1001")
		begins(d)
	})
	t.Run("leased, of who is silent", func(t *testing.T) {
		d := newDesk(t, Leased)
		d.wish("1002", Switchover)
		d.answered("1002", "b2", 0, schema.Passive)
		d.at(100*second + terms().Wait())
		if got := d.swapped(); got.Holder != "1002" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("confirmed", func(t *testing.T) {
		d := newDesk(t, Confirmed)
		d.wish("1002", Switchover)
		waits(d, 120*second, "a start that was decided on earlier may still arrive")
		d.at(110 * second)
		d.answered("1001", "", 0, schema.Passive) // somebody switched it off
		d.granted("1001")
		d.at(120 * second)
		waits(d, 130*second, "a start that was decided on earlier may still arrive")
		d.at(130 * second)
		d.answered("1003", "", 0, schema.Active)
		if w := d.waits(); len(w.Unseen) != 1 {
			t.Errorf("%+v", w)
		}
		d.answered("1003", "", 0, schema.Passive)
		begins(d)
	})
	t.Run("restored", func(t *testing.T) {
		d := newDesk(t, Confirmed)
		d.ledger.Restored = true
		d.at(200 * second)
		d.wish("1002", Switchover)
		if c := d.decide(); len(c.Swaps) > 0 || len(c.Waits) == 0 {
			t.Errorf("%+v", c)
		}
	})
	t.Run("to nobody", func(t *testing.T) {
		d := newDesk(t, Confirmed)
		d.wish("", Release)
		if got := d.swapped(); got.Move == nil {
			t.Errorf("%+v", got)
		}
	})
}

// TestFailedMove: when the swap after a revoke comes to nothing, the holder is seated anew above what it has seen.
func TestFailedMove(t *testing.T) {
	d := newDesk(t, Leased)
	d.answered("1001", "b1", 7, schema.Passive)
	d.granted()
	if got := d.swapped(); got.Holder != "1001" || got.Epoch != 8 {
		t.Errorf("%+v", got)
	}
	d.granted("1001")

	d = newDesk(t, Leased) // called off
	d.wish("1002", Switchover)
	d.answered("1001", "b1", 4, schema.Active)
	d.answered("1002", "b1", 0, schema.Passive)
	d.granted("1001")
	d.swapped()
	d.wish("1001", Switchover)
	if got := d.swapped(); got.Holder != "1001" || got.Epoch != 5 || got.Move != nil {
		t.Errorf("%+v", got)
	}
	d.granted("1001")
}

func TestNewLeader(t *testing.T) {
	d := newDesk(t, Leased)
	d.wish("1002", Failover)
	d.swapped()
	if w := d.waits(); w.Until != 100*second+terms().Wait() {
		t.Errorf("%+v", w)
	}
	d.wish("1001", Failover)
	d.answered("1001", "b1", 4, schema.Active)
	d.swapped()
	d.granted("1001") // at once

	d = newDesk(t, Leased) // nobody was ever seated, as far as this store knows
	delete(d.ledger.Places, pump())
	d.view.Wishes[pump()] = Wish{Holder: "1002", Kind: First, Class: Leased, Terms: terms()}
	d.swapped()
	d.waits()
	d.at(100*second + terms().Wait())
	if got := d.swapped(); got.Holder != "1002" || got.Epoch != 1 {
		t.Errorf("%+v", got)
	}
}

// TestRestoredStore: who is seated in a backup is renewed once every lease has ended, at an epoch above all.
func TestRestoredStore(t *testing.T) {
	for name, unsure := range map[string]func(*desk){
		"said to be":      func(d *desk) { d.ledger.Restored = true },
		"peers know more": func(d *desk) { d.answered("1002", "b2", 9, schema.Active) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, Leased)
			d.answered("1001", "b1", 4, schema.Passive)
			unsure(d)
			d.granted()
			if w := d.waits(); w.Until != 100*second+terms().Wait() || !strings.HasPrefix(w.Why, "the store was restored, or is older") {
				t.Errorf("%+v", w)
			}
			d.at(100*second + terms().Wait())
			d.answered("1002", "b2", 9, schema.Passive)
			if d.decide().Settled {
				t.Error("settled below an epoch that was seen")
			}
			if got := d.swapped(); got.Holder != "1001" || got.Epoch != 10 {
				t.Errorf("%+v", got)
			}
			d.granted("1001")
			if got := d.decide().Settled; got != d.ledger.Restored {
				t.Errorf("settled: %v", got)
			}
		})
	}
}

func TestStrays(t *testing.T) {
	d := newDesk(t, Leased)
	d.answered("1001", "b1", 4, schema.Active)
	d.answered("1002", "b2", 3, schema.Active)
	if got := d.decide().Revokes; len(got) != 1 || got[0].From != "1002" || got[0].Epoch != 4 {
		t.Errorf("%+v", got)
	}
	d = newDesk(t, Confirmed)
	d.answered("1002", "", 0, schema.Active)
	if got := d.decide().Stops; !slices.Equal(got, []Stopping{{"1002", pump()}}) {
		t.Errorf("%+v", got)
	}
	if w := d.waits(); !slices.Equal(w.Unseen, []string{"1002"}) || !strings.HasPrefix(w.Why, "1002 runs it beside its holder, or did when last seen") {
		t.Errorf("%+v", w)
	}
	d.answered("1001", "", 0, schema.Passive)
	d.granted() // first the stray stops
	d.wish("", Release)
	d.swapped()
	d.at(200 * second)
	d.answered("1001", "", 0, schema.Passive)
	if w := d.waits(); !slices.Equal(w.Unseen, []string{"1002"}) {
		t.Errorf("%+v", w)
	}
}

func TestPaused(t *testing.T) {
	d := newDesk(t, Leased)
	d.view.Paused = true
	d.wish("1002", Failover)
	d.answered("1001", "b1", 4, schema.Active)
	if c := d.decide(); c.Swaps != nil || c.Waits != nil {
		t.Errorf("%+v", c)
	}
	d.granted("1001")
	d.view.Paused = false
	d.swapped()
	d.view.Paused = true // a move under way goes on
	d.at(100*second + terms().Wait())
	if got := d.swapped(); got.Holder != "1002" {
		t.Errorf("%+v", got)
	}
}

func TestTermsChange(t *testing.T) {
	d := newDesk(t, Leased)
	d.answered("1001", "b1", 4, schema.Active)
	wish := d.view.Wishes[pump()]
	wish.Terms.TTL = 60 * second
	d.view.Wishes[pump()] = wish
	if got := d.order().Grants; got[0].Until != 1130*second {
		t.Errorf("longer than what is written down: %+v", got)
	}
	if got := d.swapped(); got.Terms.TTL != 60*second || got.Holder != "1001" {
		t.Errorf("%+v", got)
	}
	wish.Terms.TTL = 20 * second
	d.view.Wishes[pump()] = wish
	if c := d.decide(); c.Swaps != nil {
		t.Errorf("leases of 60s may still run, but: %+v", c.Swaps)
	}
	if got := d.order().Grants; got[0].Until != 1120*second {
		t.Errorf("longer than what is wished: %+v", got)
	}
}

// TestClassChange: how a holder is known to have stopped does not change under it.
func TestClassChange(t *testing.T) {
	d := newDesk(t, BestEffort)
	wish := d.view.Wishes[pump()]
	wish.Class = Leased
	wish.Kind = Switchover
	d.view.Wishes[pump()] = wish
	d.at(120 * second)
	d.answered("1001", "b1", 4, schema.Active)
	d.granted()
	if got := d.swapped(); got.Move == nil || got.Class != BestEffort {
		t.Fatalf("%+v", got)
	}
	if got := d.decide().Stops; len(got) != 1 {
		t.Errorf("%+v", got)
	}
	d.at(130 * second)
	d.answered("1001", "b1", 4, schema.Passive)
	if got := d.swapped(); got.Class != Leased || got.Holder != "1001" || got.Epoch != 5 {
		t.Errorf("%+v", got)
	}
	d.granted("1001")
}

func TestRelease(t *testing.T) {
	d := newDesk(t, Leased)
	delete(d.view.Wishes, pump())
	d.answered("1001", "b1", 4, schema.Active)
	d.granted("1001")
	if got := d.swapped(); got.Move == nil || got.Move.Kind != Release {
		t.Fatalf("%+v", got)
	}
	d.answered("1001", "b1", 5, schema.Passive)
	if got := d.swapped(); got.Holder != "" || got.Epoch != 6 {
		t.Errorf("%+v", got)
	}
	d.granted()
	if c := d.decide(); c.Swaps != nil || c.Waits != nil {
		t.Errorf("%+v", c)
	}
}

// TestDriftingClock: a node whose clock lags by more than rho gets no lease; one whose answers were late does.
func TestDriftingClock(t *testing.T) {
	for name, test := range map[string]struct {
		lag, way time.Duration
		drifts   bool
	}{
		"as it should be": {0, 0, false},
		"within rho":      {3900 * time.Millisecond, 0, false}, // 2% of 99 s, the guard and the way
		"slow":            {4 * second, 0, true},
		"fast":            {-time.Hour, 0, false},
		"late":            {20 * second, 20 * second, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, Leased)
			d.answered("1001", "b1", 4, schema.Active)
			d.granted("1001")
			d.at(200 * second)
			d.answered("1001", "b1", 4, schema.Active)
			peer := d.view.Peers["1001"]
			peer.Answer.Now -= test.lag
			peer.Answer.Sent -= test.way
			d.view.Peers["1001"] = peer
			if test.drifts {
				d.granted()
				if w := d.waits(); w.Do == "" || !strings.HasPrefix(w.Why, "the clock of 1001 went on by") {
					t.Errorf("%+v", w)
				}
				d.answered("1001", "b2", 4, schema.Passive) // it was restarted
			}
			d.granted("1001")
		})
	}
}

func TestNodeOfAnotherStore(t *testing.T) {
	d := newDesk(t, Leased)
	d.answered("1001", "b1", 4, schema.Active)
	peer := d.view.Peers["1001"]
	peer.Answer.Store = "s2"
	d.view.Peers["1001"] = peer
	d.granted()
	if w := d.waits(); w.Why != "1001 takes orders from store s2, and this is store s1" || w.Do != "see that no other controller rules it, then enrol it here" {
		t.Errorf("%+v", w)
	}
}

func TestNotLeading(t *testing.T) {
	d := newDesk(t, Leased)
	d.wish("1002", Failover)
	for _, l := range []Ledger{{Store: "s2", Term: 3, Leader: "l3"}, {Store: "s1", Term: 4, Leader: "l3"}, {Store: "s1", Term: 3, Leader: "l4"}} {
		l.Places = d.ledger.Places
		if _, c := d.reign.Decide(l, d.view); !reflect.DeepEqual(c, Decision{}) {
			t.Errorf("%+v: %+v", l, c)
		}
	}
}

func TestConfirmedMove(t *testing.T) {
	late := 100*second + terms().Late
	move := func(t *testing.T, kind Kind) *desk {
		d := newDesk(t, Confirmed)
		d.wish("1002", kind)
		d.swapped()
		return d
	}
	t.Run("read back", func(t *testing.T) {
		d := move(t, Failover)
		d.wish("1002", Switchover) // it is back
		if got := d.decide().Stops; !slices.Equal(got, []Stopping{{"1001", pump()}}) {
			t.Errorf("%+v", got)
		}
		d.answered("1001", "", 0, schema.Passive)
		if w := d.waits(); w.Until != late || w.Why != "a start that was decided on earlier may still arrive" {
			t.Errorf("%+v", w)
		}
		d.at(late)
		d.answered("1001", "", 0, schema.Passive) // asked before that
		d.waits()
		d.at(late + second)
		d.answered("1001", "", 0, schema.Stopping)
		if w := d.waits(); w.Why != "whoever runs it is being stopped" || w.Unseen != nil {
			t.Errorf("%+v", w)
		}
		d.answered("1001", "", 0, schema.Passive)
		if got := d.swapped(); got.Holder != "1002" {
			t.Errorf("%+v", got)
		}
		d.granted() // nobody has looked at it
		d.answered("1002", "", 0, schema.Passive)
		o := d.order()
		if want := (Starting{"1002", pump(), d.view.Now + terms().Late/2}); !slices.Equal(o.Starts, []Starting{want}) {
			t.Errorf("%+v", o.Starts)
		}
		if _, o := d.reign.Order(Confirm{Ledger: d.ledger, Asked: d.view.Now - terms().Late/2 - 1}, d.view); o.Starts != nil {
			t.Errorf("upon an old confirm: %+v", o)
		}
	})
	t.Run("unfenced", func(t *testing.T) {
		d := move(t, Failover)
		d.at(time.Hour)
		want := Wait{
			Place: pump(), Holder: "1001", Unseen: []string{"1001"},
			Why: "unfenced holder: nobody has seen that 1001 stopped, and it may run it, again after a reboot too",
			Do:  "let it be reached, or fence it; or, once it is off for good: reconciler roles attest 1001 stopped",
		}
		if w := d.waits(); !reflect.DeepEqual(w, want) {
			t.Errorf("%+v", w)
		}
	})
	for name, test := range map[string]struct {
		peer  Peer
		moves bool
	}{
		"fence that lasts":                {Peer{Off: Off{By: "firewall", Lasts: true}}, true},
		"power cycle":                     {Peer{Off: Off{By: "power", Since: late}}, false},
		"power cycle of a passive one":    {Peer{Off: Off{By: "power", Since: late}, BootsPassive: true}, true},
		"power cycle before a start":      {Peer{Off: Off{By: "power", Since: late - 1}, BootsPassive: true}, false},
		"boots passive, and not rebooted": {Peer{BootsPassive: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := move(t, Failover)
			d.view.Peers["1001"] = test.peer
			d.waits()
			d.at(late)
			if c := d.decide(); (len(c.Swaps) == 1) != test.moves {
				t.Errorf("%+v", c)
			}
		})
	}
}

// TestFence: it is lifted when what it kept off was seen stopped, and only then is the server started again.
func TestFence(t *testing.T) {
	d := newDesk(t, Confirmed)
	d.view.Peers["1001"] = Peer{Off: Off{By: "firewall", Lasts: true}}
	d.at(200 * second)
	d.answered("1001", "", 0, schema.Active)
	c := d.decide()
	if c.Lift != nil || !slices.Equal(c.Stops, []Stopping{{"1001", pump()}}) || len(c.Waits) != 1 {
		t.Fatalf("%+v", c)
	}
	if got := c.Waits[0].Why; got != "1001 is kept from its work by firewall, until it was read back to have stopped" {
		t.Error(got)
	}
	d.at(210 * second)
	d.answered("1001", "", 0, schema.Passive)
	d.granted()
	if c := d.decide(); !slices.Equal(c.Lift, []string{"1001"}) {
		t.Errorf("%+v", c)
	}
}

// TestFencedAndPassedOver: a server that was started and then fenced was not read back by an answer from before,
// also when another has been started since.
func TestFencedAndPassedOver(t *testing.T) {
	d := newDesk(t, Confirmed)
	d.at(200 * second)
	d.answered("1001", "", 0, schema.Passive)
	d.granted("1001")
	peer := d.view.Peers["1001"]
	peer.Off = Off{By: "power", Lasts: true}
	d.view.Peers["1001"] = peer
	d.wish("1002", Failover)
	d.at(200*second + terms().Late)
	d.answered("1002", "", 0, schema.Passive)
	if got := d.swapped(); got.Holder != "1002" {
		t.Fatalf("%+v", got)
	}
	d.granted("1002")
	if c := d.decide(); c.Lift != nil {
		t.Errorf("%+v", c)
	}
}

// TestRestoredStoreOfServers: anybody may have been started since the backup.
func TestRestoredStoreOfServers(t *testing.T) {
	d := newDesk(t, Confirmed)
	d.ledger.Restored = true
	d.at(200 * second)
	d.answered("1001", "", 0, schema.Passive)
	d.granted()
	if w := d.waits(); !slices.Equal(w.Unseen, []string{"1002"}) {
		t.Errorf("%+v", w)
	}
	d.wish("1002", Failover)
	d.swapped()
	if w := d.waits(); !slices.Equal(w.Unseen, []string{"1002"}) {
		t.Errorf("1001 was read back, but: %+v", w)
	}
	d.wish("1001", Failover)
	d.answered("1002", "", 0, schema.Passive)
	d.swapped()
	d.granted("1001")
	if !d.decide().Settled {
		t.Error("not settled")
	}
}

func TestBestEffortMove(t *testing.T) {
	d := newDesk(t, BestEffort)
	d.wish("1002", Failover)
	if c := d.decide(); len(c.Swaps) != 1 || c.Swaps[0].New.Holder != "1002" || !c.Swaps[0].Overlap {
		t.Errorf("on time-out: %+v", c)
	}
	d = newDesk(t, BestEffort)
	d.wish("1002", Switchover)
	if w := d.waits(); w.Until != 120*second {
		t.Errorf("%+v", w)
	}
	d.at(120 * second)
	d.swapped()
	d.at(124 * second)
	d.waits()
	d.at(126 * second)
	if got := d.swapped(); got.Holder != "1002" {
		t.Errorf("after stopWithin: %+v", got)
	}
}

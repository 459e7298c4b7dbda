package lease

import (
	"maps"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestDecideProperties: whatever a leader believes, it gives a place to nobody unless a second, simple reading
// of the protocol allows it, and renews nobody beside.
func TestDecideProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := knowledge(t)
		before := k.copied()
		reign, d := k.reign.Decide(k.confirm.Ledger, k.view)
		if _, again := k.reign.Decide(k.confirm.Ledger, k.view); !reflect.DeepEqual(d, again) {
			t.Fatalf("%+v, and then %+v", d, again)
		}
		if !reflect.DeepEqual(k.copied(), before) {
			t.Fatal("it changed what it was given")
		}
		for _, s := range d.Swaps {
			k.judge(t, s)
		}
		_, orders := reign.Order(k.confirm, k.view)
		for _, g := range orders.Grants {
			k.allowed(t, g, d)
		}
		for _, s := range orders.Starts {
			if seat := k.confirm.Places[pump()]; seat.Class == Leased || seat.Move != nil || seat.Holder != s.To || k.view.Peers[s.To].Off.By != "" || seated(d) {
				t.Fatalf("start %+v of %+v", s, seat)
			}
		}
	})
}

// believed is all that a leader believes, and what it did before.
type believed struct {
	reign   Reign
	confirm Confirm
	view    View
	to      string // the last order
	last    order
	closed  uint64
}

func (k believed) copied() believed {
	k.reign.orders, k.reign.closed, k.confirm.Places = maps.Clone(k.reign.orders), maps.Clone(k.reign.closed), maps.Clone(k.confirm.Places)
	k.view.Peers, k.view.Wishes = maps.Clone(k.view.Peers), maps.Clone(k.view.Wishes)
	return k
}

func knowledge(t *rapid.T) believed {
	serial := rapid.SampledFrom([]string{"", "1001", "1002", "1003"})
	class := rapid.SampledFrom([]Class{Leased, Leased, Confirmed, BestEffort}).Draw(t, "class")
	moment := func(name string) time.Duration {
		return time.Duration(rapid.IntRange(1, 200).Draw(t, name)) * second
	}
	k := believed{
		reign:   Reign{Store: "s1", Term: 1, Leader: "l1", From: moment("from"), orders: map[sent]order{}, closed: map[schema.Place]uint64{}},
		confirm: Confirm{Ledger: Ledger{Store: "s1", Term: 1, Leader: "l1", Restored: rapid.IntRange(0, 4).Draw(t, "restored") == 0, Places: map[schema.Place]Seating{}}},
		view:    View{Now: moment("now"), Peers: map[string]Peer{}, Wishes: map[schema.Place]Wish{}, Paused: rapid.IntRange(0, 4).Draw(t, "paused") == 0},
	}
	k.confirm.Asked = moment("asked")
	if rapid.Bool().Draw(t, "ordered") {
		k.to, k.closed = serial.Draw(t, "last to"), rapid.Uint64Range(0, 3).Draw(t, "closed")
		k.last = order{rapid.SampledFrom([]string{"b1", "b2"}).Draw(t, "last boot"), moment("last")}
		k.reign.orders[sent{pump(), k.to}], k.reign.closed[pump()] = k.last, k.closed
	}
	if rapid.IntRange(0, 5).Draw(t, "seated") > 0 {
		seat := Seating{Holder: serial.Draw(t, "holder"), Epoch: rapid.Uint64Range(1, 5).Draw(t, "epoch"), Class: class, Terms: terms()}
		if rapid.Bool().Draw(t, "moving") {
			seat.Move = &Move{To: serial.Draw(t, "to"), Kind: Failover}
		}
		k.confirm.Places[pump()] = seat
	}
	if rapid.IntRange(0, 5).Draw(t, "wished") > 0 {
		kind := rapid.SampledFrom([]Kind{Failover, Switchover}).Draw(t, "kind")
		k.view.Wishes[pump()] = Wish{Holder: serial.Draw(t, "wish"), Kind: kind, Class: class, Terms: terms()}
	}
	for _, serial := range []string{"1001", "1002", "1003"} {
		peer := Peer{BootsPassive: rapid.Bool().Draw(t, "boots passive")}
		if rapid.Bool().Draw(t, "answered") {
			peer.Answer.Boot, peer.Answer.Sent, peer.Answer.Now = rapid.SampledFrom([]string{"b1", "b2"}).Draw(t, "boot"), moment("sent"), moment("its time")
			peer.Answer.Received = peer.Answer.Sent + second
			peer.Answer.Places = map[schema.Place]schema.Tenant{pump(): {
				Epoch: rapid.Uint64Range(0, 6).Draw(t, "seen"),
				State: rapid.SampledFrom([]schema.TenantState{schema.Passive, schema.Active, schema.Stopping}).Draw(t, "state"),
			}}
		}
		if rapid.IntRange(0, 3).Draw(t, "off") == 0 {
			peer.Off = Off{By: "fence", Lasts: rapid.Bool().Draw(t, "lasts"), Since: moment("since")}
		}
		k.view.Peers[serial] = peer
	}
	return k
}

// judge is the simple reading: whether a swap may be made.
func (k believed) judge(t *rapid.T, s Swap) {
	old, found := k.confirm.Places[pump()]
	switch {
	case !s.Old.Equal(old) || s.Term != 1 || s.Leader != "l1":
		t.Fatalf("it is not guarded: %+v", s)
	case s.New.Move != nil && (s.New.Holder != old.Holder || s.New.Epoch != old.Epoch):
		t.Fatalf("a move begins with a change: %+v", s)
	case s.New.Move != nil:
		if s.New.Move.Kind != Failover && s.New.Move.To != "" && old.Move == nil && old.Holder != "" && !k.followed(old, s.New.Move.To) {
			t.Fatalf("the holder is stopped before anybody could follow: %+v", s)
		}
		return
	case s.New.Epoch <= old.Epoch:
		t.Fatalf("the epoch does not rise: %+v", s)
	}
	unsure := k.confirm.Restored
	for serial, peer := range k.view.Peers {
		seen := peer.Answer.Places[pump()].Epoch
		unsure = unsure || serial != old.Holder && seen > old.Epoch
		if s.New.Epoch <= seen {
			t.Fatalf("%s has seen %d: %+v", serial, seen, s)
		}
	}
	if s.New.Holder == old.Holder && s.New.Class == old.Class || !found && s.New.Holder == "" {
		return
	}
	if s.New.Class == Leased && !k.leaseOver(old, unsure) {
		t.Fatalf("a lease may run: %+v", s)
	}
	for serial := range k.view.Peers {
		if s.New.Class == Confirmed && (serial == old.Holder || unsure && serial != s.New.Holder) && !k.stopped(serial) {
			t.Fatalf("%s may run it: %+v", serial, s)
		}
	}
}

// followed is the simple reading: whether another could take over as soon as the holder has stopped.
func (k believed) followed(old Seating, to string) bool {
	if old.Class == Leased {
		next := k.view.Peers[to].Answer
		known := k.to == old.Holder && k.last.boot == k.view.Peers[old.Holder].Answer.Boot
		return known && next.Received > 0 && next.Places[pump()].State != schema.Stopping
	}
	from := k.reign.From
	if k.to == old.Holder {
		from = max(from, k.last.at)
	}
	return k.view.Now >= from+terms().Late
}

func (k believed) leaseOver(old Seating, unsure bool) bool {
	from := k.reign.From
	if k.to == old.Holder {
		from = max(from, k.last.at)
	}
	if k.view.Now >= from+terms().Wait() {
		return true
	}
	answer := k.view.Peers[old.Holder].Answer
	tenant := answer.Places[pump()]
	acknowledged := tenant.State == schema.Passive && tenant.Epoch > old.Epoch && k.to == old.Holder && k.last.boot == answer.Boot
	return !unsure && old.Epoch > 0 && (old.Holder == "" || acknowledged)
}

func (k believed) stopped(serial string) bool {
	peer, from := k.view.Peers[serial], k.reign.From
	if k.to == serial {
		from = max(from, k.last.at)
	}
	arrived := from + terms().Late
	if peer.Answer.Received > 0 && peer.Answer.Places[pump()].State == schema.Passive && peer.Answer.Sent >= arrived {
		return true
	}
	kept := peer.Off.Lasts || peer.BootsPassive && peer.Off.Since >= arrived
	return peer.Off.By != "" && kept && k.view.Now >= arrived
}

// allowed is the simple reading: whether a grant may be made.
func (k believed) allowed(t *rapid.T, g Granting, d Decision) {
	seat, answer := k.confirm.Places[pump()], k.view.Peers[g.To].Answer
	switch {
	case seat.Class != Leased || seat.Holder != g.To || seat.Move != nil || g.Epoch != seat.Epoch || g.Store != "s1" || g.Boot != answer.Boot:
		t.Fatalf("%+v of %+v", g, seat)
	case answer.Received == 0 || answer.Received > k.confirm.Asked || g.Until > answer.Now+seat.Terms.TTL:
		t.Fatalf("%+v on %+v, confirmed at %v", g, answer, k.confirm.Asked)
	case k.confirm.Restored && k.view.Now < k.reign.From+terms().Wait():
		t.Fatalf("%+v from a backup", g)
	case k.closed >= seat.Epoch, seated(d):
		t.Fatalf("%+v while another may be seated", g)
	}
}

// seated tells whether a decision is to seat another.
func seated(d Decision) bool {
	for _, s := range d.Swaps {
		if s.New.Move == nil && s.New.Holder != s.Old.Holder && s.Old.Holder != "" {
			return true
		}
	}
	return false
}

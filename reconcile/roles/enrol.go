package roles

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Enrolment is that a peer was seen to come up passive: what its roles switch was on when it went down, and off when it
// came up. So a fence that only restarts it is one.
type Enrolment struct {
	Instance string       `json:"instance,omitempty"` // of the installation that was seen; "": it does not say
	Address  string       `json:"address"`            // it was seen at
	Items    []schema.Key `json:"items"`              // that were seen, and no others
	By       string       `json:"by"`                 // who had it restarted
	At       time.Time    `json:"at"`                 // UTC
}

// Enrolments is where that is written down. What it returns was on the disk before.
type Enrolments interface {
	Enrolled(cluster string) (map[string]Enrolment, error)
	Enrol(cluster, serial string, e *Enrolment) error // nil: it does not hold any longer
}

// Identifier is a Peer that says which installation it is.
type Identifier interface {
	Instance(ctx context.Context) (string, error)
}

// trialLasts is how long a peer may take to be restarted.
const trialLasts = 15 * time.Minute

// trial is a peer that is to be restarted while it runs what its roles switch. A peer on standby that comes up on standby
// shows nothing.
type trial struct {
	by       string
	began    time.Time
	epochs   map[schema.Place]uint64 // at which it holds its places
	armed    bool                    // all was seen to run: it may be restarted
	away     bool                    // and gave no answer since
	instance string
	items    []schema.Key
}

// Enrol begins to find out whether a peer comes up passive. What comes of it is told by events, and in the status.
func (k *Keeper) Enrol(ctx context.Context, serial, by string) error {
	_, err := do(ctx, k, func(o *owner) (struct{}, error) { return struct{}{}, o.enrol(serial, by) })
	return err
}

func (o *owner) enrol(serial, by string) error {
	p := o.peers[serial]
	switch {
	case !o.leads || o.ledger.Restored || o.options.Enrolments == nil:
		return ErrUncertain
	case p == nil || p.conn == nil:
		return fmt.Errorf("there is no peer %s that can be asked", serial)
	case o.health.Verdicts()[serial] != health.Live:
		return fmt.Errorf("%s is %s: it is enrolled while it is LIVE", serial, o.health.Verdicts()[serial])
	case len(o.switched(serial)) == 0:
		return fmt.Errorf("roles switch nothing on %s by levers, so there is nothing to see; what is leased there its node's half stops", serial)
	}
	t := &trial{by: by, began: o.options.Clock(), epochs: map[schema.Place]uint64{}, items: o.switched(serial)}
	for place, items := range o.at(serial) {
		if seat := o.ledger.Places[place]; len(items) > 0 && (seat.Holder != serial || seat.Move != nil) {
			return fmt.Errorf("%s does not hold %s, and what is off before a restart proves nothing by being off after it: reconciler roles switchover %s --to %s", serial, place, place, serial)
		}
		t.epochs[place] = o.ledger.Places[place].Epoch
	}
	o.trials[serial] = t
	p.errandDue = t.began
	return nil
}

// switched are all items that roles switch on a peer, sorted, each once.
func (o *owner) switched(serial string) []schema.Key {
	all := map[schema.Key]bool{}
	for _, items := range o.at(serial) {
		for _, key := range items {
			all[key] = true
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b schema.Key) int { return strings.Compare(a.String(), b.String()) })
}

// bootsPassive tells whether nothing that roles switch on a peer runs after a restart, for all that was seen.
func (o *owner) bootsPassive(serial string) bool {
	e, enrolled := o.enrolled[serial]
	if !enrolled || o.within(serial).Peers[serial].Address != e.Address {
		return false
	}
	for _, key := range o.switched(serial) {
		if !slices.Contains(e.Items, key) {
			return false
		}
	}
	return true
}

// look is what was found of a peer that is enrolled, or is to be, before anything is done there.
type look struct {
	on, off  []schema.Key
	instance string
	err      error
}

// lookingAt are the items that are to be looked at before anything is done at a peer; none, unless it is to be enrolled,
// or is, and may have been restarted since the last time.
func (o *owner) lookingAt(p *peer) []schema.Key {
	_, enrolled := o.enrolled[p.serial]
	away := p.failed != "" || p.answer.Received == 0
	if o.trials[p.serial] != nil || enrolled && away {
		return o.switched(p.serial)
	}
	return nil
}

// look is nil where there is nothing to look at.
func (e errand) look(ctx context.Context, items []schema.Key) *look {
	if len(items) == 0 {
		return nil
	}
	l := e.lookAt(ctx, items)
	return &l
}

func (e errand) lookAt(ctx context.Context, items []schema.Key) (l look) {
	for _, key := range items {
		body, err := e.conn.Read(ctx, key)
		if err != nil {
			return look{err: err}
		}
		if body == nil || onStandby(e.cluster.Provider.Kinds[key.Kind], body) {
			l.off = append(l.off, key)
		} else {
			l.on = append(l.on, key)
		}
	}
	if i, is := e.conn.(Identifier); is {
		l.instance, l.err = i.Instance(ctx)
	}
	return l
}

// looked takes what was found of a peer.
func (o *owner) looked(p *peer, l *look) {
	if l == nil {
		return
	}
	if t := o.trials[p.serial]; t != nil {
		o.tried(p, t, *l)
		return
	}
	if e, enrolled := o.enrolled[p.serial]; enrolled && l.err == nil {
		o.hold(p, e, *l)
	}
}

// tried takes a trial on.
func (o *owner) tried(p *peer, t *trial, l look) {
	over := o.options.Clock().Sub(t.began) > trialLasts
	switch {
	case over:
		o.untried(p, "it was not restarted within "+trialLasts.String())
	case l.err != nil:
		t.away = t.armed
	case !o.sits(p.serial, t):
		o.untried(p, "what it held has moved, or begun to: pause the roles first (reconciler roles pause)")
	case !t.armed:
		o.arm(p, t, l)
	default:
		o.came(p, t, l)
	}
}

// arm has a peer restarted, if all runs there.
func (o *owner) arm(p *peer, t *trial, l look) {
	if len(l.off) > 0 {
		o.untried(p, fmt.Sprintf("%s is off there, and what is off before a restart proves nothing by being off after it", l.off[0]))
		return
	}
	t.armed, t.instance = true, l.instance
	o.options.Events(Event{Kind: Enrolling, Peer: p.serial, Text: "restart it now, in the way that the fence does"})
}

// came takes what is there of a peer that may have been restarted.
func (o *owner) came(p *peer, t *trial, l look) {
	switch {
	case l.instance != t.instance:
		o.untried(p, "another installation answers there")
	case !t.away && len(l.off) > 0:
		o.untried(p, fmt.Sprintf("%s is off, and it was not seen to be away: let it be down for longer", l.off[0]))
	case t.away && len(l.on) > 0:
		o.untried(p, fmt.Sprintf("%s was on when it came up: a restart is no fence for it", l.on[0]))
	case t.away:
		o.seen(p, t)
	}
}

// sits tells whether a peer holds its places as it did when it was to be enrolled: nobody else then switched anything off
// there.
func (o *owner) sits(serial string, t *trial) bool {
	for place, epoch := range t.epochs {
		seat := o.ledger.Places[place]
		if len(o.at(serial)[place]) > 0 && (seat.Holder != serial || seat.Epoch != epoch || seat.Move != nil) {
			return false
		}
	}
	return slices.Equal(t.items, o.switched(serial))
}

func (o *owner) untried(p *peer, why string) {
	delete(o.trials, p.serial)
	o.options.Events(Event{Kind: EnrolFail, Peer: p.serial, Text: why})
}

// seen writes down that a peer came up passive.
func (o *owner) seen(p *peer, t *trial) {
	e := Enrolment{Instance: t.instance, Address: p.address.Address, Items: t.items, By: t.by, At: o.options.Clock().UTC()}
	if err := o.options.Enrolments.Enrol(o.cluster.Name, p.serial, &e); err != nil {
		o.untried(p, err.Error())
		return
	}
	delete(o.trials, p.serial)
	o.enrolled[p.serial] = e
	o.options.Events(Event{Kind: Enrolled, Peer: p.serial, Text: fmt.Sprintf("%d items", len(t.items))})
}

// hold drops what was seen, once it is seen not to hold: by another installation, or after a fence that restarted it.
func (o *owner) hold(p *peer, e Enrolment, l look) {
	off, fenced := o.offs[p.serial]
	why := ""
	switch {
	case l.instance != e.Instance:
		why = "another installation answers there"
	case fenced && !off.Lasts && len(l.on) > 0:
		why = fmt.Sprintf("%s was on when it came up after %s: two may have run it", l.on[0], off.By)
	default:
		return
	}
	if err := o.options.Enrolments.Enrol(o.cluster.Name, p.serial, nil); err != nil {
		o.unwritten(err)
	}
	delete(o.enrolled, p.serial)
	o.options.Events(Event{Kind: EnrolFail, Peer: p.serial, Text: why})
}

// The kinds of events about enrolments.
const (
	Enrolling Kind = "enrolling" // a peer may be restarted, to see how it comes up
	Enrolled  Kind = "enrolled"  // it came up passive
	EnrolFail Kind = "not enrolled"
)

// enrolments reads what was written down.
func (o *owner) enrolments() (err error) {
	o.trials, o.enrolled = map[string]*trial{}, map[string]Enrolment{}
	if o.options.Enrolments != nil {
		o.enrolled, err = o.options.Enrolments.Enrolled(o.cluster.Name)
	}
	return err
}

// enrolling says how it stands with each peer that is enrolled, or is to be.
func (o *owner) enrolling() map[string]string {
	said := map[string]string{}
	for serial, e := range o.enrolled {
		said[serial] = fmt.Sprintf("it came up passive at %s, as %s saw", e.At.Format(time.RFC3339), e.By)
		if !o.bootsPassive(serial) {
			said[serial] += "; it is at another address since, or switches more: enroll it again"
		}
	}
	for serial, t := range o.trials {
		said[serial] = "it is looked at"
		if t.armed {
			said[serial] = "restart it now: it is to be seen whether it comes up passive"
		}
	}
	return said
}

package plan

import (
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Rollback is what a peer is to be put back to.
type Rollback struct {
	Snapshot Snapshot
	Scope    func(schema.Key) bool // which of its items; nil: all
	By       string                // who rolls back, when, and to what
}

// Restoration is the plan of a rollback, and what is to be remembered of each item once its change is made.
type Restoration struct {
	Peer
	After map[schema.Key]*Record // what was last applied to it then; nil: it was not ours then, and is not again
	Pins  map[schema.Key]*Pin    // what keeps it as it is then; nil: nothing has to

	// For a Draft: guards are about all that is there, also where only a part is put back.
	In   Input               // what was compared, with what was there in the place of what is desired
	Ours map[schema.Key]bool // items on the peer that Git names or that were applied
}

// Restore compares a peer with what it held once, as Diff does with what Git wants: what has been applied
// since is put back, and what somebody changed on the peer since is held for consent. in.Desired is what
// Git wants, in.Base all that was applied to the peer.
//
// Secrets are in no snapshot. One that has changed since is put back only where Git wants the same one
// again, which its mark tells; else the plan has a note of it. What the snapshot does not speak of is
// neither compared nor counted, nor is what is not managed on the peer, or left to it.
func Restore(in Input, r Rollback) Restoration {
	b := newBack(in, r)
	peer := Diff(b.input())
	peer.Records, peer.Forget, peer.Notes = map[schema.Key]Record{}, nil, b.notes()
	peer.Pins = in.Pins
	restored := Restoration{Peer: peer, After: map[schema.Key]*Record{}, Pins: map[schema.Key]*Pin{}, In: b.input(), Ours: b.ours()}
	for i := range peer.Changes {
		change := &peer.Changes[i]
		change.reword()
		if !change.Held {
			restored.After[change.Key] = b.after(*change)
			restored.Pins[change.Key] = b.pin(change.Key)
		}
	}
	return restored
}

// reword gives a change the reason that it has: what is not somebody's doing on the peer is rolled back.
func (c *Change) reword() {
	own := func(r Reason) Reason {
		if slices.Contains([]Reason{Drift, FirstContact, Conflict}, r) {
			return r
		}
		return Restored
	}
	c.Reason = own(c.Reason)
	for i := range c.Fields {
		c.Fields[i].Reason = own(c.Fields[i].Reason)
	}
}

// back is a rollback under way.
type back struct {
	in       Input
	r        Rollback
	then     map[schema.Key]Kept
	desired  schema.Items
	unshared map[string]int // items by kind, of kinds that are not managed here
	lost     []schema.Key   // whose secret has changed since, and stays
	without  []schema.Key   // that are made without their secret
}

func newBack(in Input, r Rollback) *back {
	b := &back{in: in, r: r, then: map[schema.Key]Kept{}, desired: schema.Items{}, unshared: map[string]int{}}
	for _, item := range r.Snapshot.Items {
		b.take(item)
	}
	for key := range in.Base { // what was applied since, of kinds that the snapshot has whole
		if _, known := b.then[key]; !known && slices.Contains(r.Snapshot.Kinds, key.Kind) {
			b.take(Kept{Key: key})
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(b.then), compareKeys) {
		b.want(b.then[key])
	}
	return b
}

// take notes what an item was, if it is to be rolled back.
func (b *back) take(item Kept) {
	_, managed := b.in.Kinds[item.Kind]
	switch {
	case b.r.Scope != nil && !b.r.Scope(item.Key), b.in.leaves(item.Key):
	case !managed:
		b.unshared[item.Kind]++
	default:
		b.then[item.Key] = item
	}
}

// want makes of what an item was what it is to be.
func (b *back) want(item Kept) {
	observed, unknown := Listed(b.in.Observed, item.Kind)
	if item.Body == nil || unknown != nil {
		return
	}
	kind, now := b.in.Kinds[item.Kind], observed[item.ID]
	body := item.Body
	if now != nil {
		body = restoring(kind, item.Body, now)
	}
	if b.desired[item.Kind] == nil {
		b.desired[item.Kind] = map[string]schema.Body{}
	}
	b.desired[item.Kind][item.ID] = b.secrets(kind, item, body, now != nil)
}

func (b *back) input() Input {
	in := b.in
	in.Desired, in.Pins = b.desired, nil
	in.Leave = func(key schema.Key) bool {
		_, ours := b.then[key]
		return !ours
	}
	return in
}

// pin keeps the next apply from undoing what is rolled back, where Git wants it otherwise. To put back what
// Git wants, and was rolled back before, takes the pin away.
func (b *back) pin(key schema.Key) *Pin {
	wanted, applied := b.in.Desired[key.Kind][key.ID], b.in.Base[key].Body
	_, pinned := b.in.Pins[key]
	if b.is(key, wanted) && (pinned || b.is(key, applied)) {
		return nil
	}
	return &Pin{By: b.r.By, Wanted: wanted, Applied: applied}
}

// ours are the items that are there and that Git names, or that were applied.
func (b *back) ours() map[schema.Key]bool {
	ours := map[schema.Key]bool{}
	for kind := range b.in.Kinds {
		listed, _ := Listed(b.in.Observed, kind) // of what cannot be listed nothing is planned either
		for id := range listed {
			key := schema.Key{Kind: kind, ID: id}
			_, wanted := b.in.Desired[kind][id]
			if _, applied := b.in.Base[key]; (wanted || applied) && !b.in.leaves(key) {
				ours[key] = true
			}
		}
	}
	return ours
}

// is tells whether an item that is put back has all that somebody wants of it.
func (b *back) is(key schema.Key, wanted schema.Body) bool {
	then := b.then[key].Body
	return (wanted == nil) == (then == nil) && len(Fields(b.in.Kinds[key.Kind], wanted, then)) == 0
}

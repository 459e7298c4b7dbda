package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Input is everything a diff of one peer depends on.
type Input struct {
	Serial   string
	Alias    string
	Kinds    map[string]schema.Kind // those that are managed on this peer
	Revision string                 // of the desired items
	Desired  schema.Items           // secrets resolved
	Observed schema.Observation
	Base     map[schema.Key]Record // what was last applied to this peer
	Pins     map[schema.Key]Pin    // what was rolled back on this peer

	// Shown is what to remember of what the peer shows instead of what was written. Of secrets, what they are
	// stands in Observed.
	Shown map[schema.Key]map[string]string

	TakeOver bool // consent: Git wins where a change would be held

	Replace func(schema.Key) bool  // consent: the item may be deleted and made anew; nil: none may
	Others  map[string]schema.Kind // kinds that are not managed on this peer, and refer to some that are
	Leave   func(schema.Key) bool  // items that are the peer's own affair; nil: none

	Policy
	Target func(schema.Key) bool // items that the run is about; nil: all
}

func (in Input) leaves(key schema.Key) bool { return in.Leave != nil && in.Leave(key) }

// Diff compares three ways, per authored field. What the peer has as desired is in sync. What it has as
// last applied was changed in Git; what Git has as last applied has drifted on the peer; where all three
// differ there is a conflict. Without a base an item that is not there is created, one that is as
// desired is recorded, and one that is different is held for consent. An item that was applied once and
// is no longer desired is deleted, unless the peer changed it since: then it is held. One that cannot
// be deleted is the peer's own affair from then on. Everything else on the peer is foreign and left alone.
// The Policy may say otherwise of what is no longer desired and of what is foreign; what it protects is
// neither deleted nor replaced.
//
// Where a field differs that the server does not let anybody change, the item is to be replaced, and that
// is held for a consent of its own. What something on the peer would still refer to is not deleted: some
// servers would take the reference away in silence. Whether something does is not known before the
// referring kinds are listed, Others among them.
//
// What is left to the peer is neither compared nor counted. What was rolled back is held while Git still
// wants what it wanted then.
//
// Nothing is concluded from a kind whose listing failed, or is not there.
func Diff(in Input) Peer {
	p := Peer{Serial: in.Serial, Alias: in.Alias, Changes: []Change{}, Records: map[schema.Key]Record{}}
	for _, kind := range slices.Sorted(maps.Keys(in.Kinds)) {
		if observed, err := Listed(in.Observed, kind); err != nil {
			p.Problems = append(p.Problems, err.Error())
		} else {
			p.diffKind(in, kind, observed)
		}
	}
	p.forget(in)
	p.order(in)
	return p
}

func (p *Peer) order(in Input) {
	slices.SortFunc(p.Changes, func(a, b Change) int { return compareKeys(a.Key, b.Key) })
	slices.SortFunc(p.Forget, compareKeys)
	p.pin(in)
	p.target(in)
	relate(in, p.Changes)
}

// Listed returns all items of a kind, or why they are not known.
func Listed(o schema.Observation, kind string) (map[string]schema.Body, error) {
	listing, listed := o.Kinds[kind]
	if !listed {
		return nil, fmt.Errorf("list %s: it was not listed", kind)
	}
	return listing.Items, listing.Err
}

func compareKeys(a, b schema.Key) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), schema.CompareSerials(a.ID, b.ID))
}

func (p *Peer) diffKind(in Input, kind string, observed map[string]schema.Body) {
	desired := in.Desired[kind]
	for id, body := range desired {
		key := schema.Key{Kind: kind, ID: id}
		if in.leaves(key) {
			continue
		}
		if there, exists := observed[id]; exists {
			p.diffItem(in, key, body, there)
		} else {
			p.create(in, key, body)
		}
	}
	for id, there := range observed {
		if _, wanted := desired[id]; !wanted {
			p.unwanted(in, schema.Key{Kind: kind, ID: id}, there)
		}
	}
}

func (p *Peer) diffItem(in Input, key schema.Key, desired, observed schema.Body) {
	base, hasBase := in.Base[key]
	c := comparer{kind: in.Kinds[key.Kind], hasBase: hasBase, shown: base.Shown}
	c.walk(map[string]any(desired), map[string]any(observed), map[string]any(base.Body))
	if len(c.fields) == 0 {
		p.InSync++
		if !hasBase || !exactly(map[string]any(desired), map[string]any(base.Body)) || !maps.Equal(base.Shown, in.Shown[key]) {
			p.Records[key] = Record{Body: desired, Revision: in.Revision, Shown: in.Shown[key]}
		}
		return
	}
	change := Change{Key: key, Action: Update, Fields: c.fields, Unchanged: c.same, Body: desired}
	for _, field := range c.fields {
		if field.Reason.gravity() > change.Reason.gravity() {
			change.Reason = field.Reason
		}
	}
	if replaces(c.kind, c.fields) {
		change.Action = Replace
	}
	change.await(in)
	p.Changes = append(p.Changes, change)
}

// create plans an item that the peer does not have. One that was deleted there is made again even if
// Git changed meanwhile: there is nothing left to overwrite.
func (p *Peer) create(in Input, key schema.Key, desired schema.Body) {
	change := Change{Key: key, Action: Create, Reason: New, Body: desired}
	if _, hasBase := in.Base[key]; hasBase {
		change.Reason = Missing
	}
	kind := in.Kinds[key.Kind]
	kind.ZeroIsAbsent = false // what is written is shown
	c := comparer{kind: kind}
	c.walk(map[string]any(desired), absent{}, absent{})
	for _, field := range c.fields {
		field.Reason = change.Reason
		change.Fields = append(change.Fields, field)
	}
	p.Changes = append(p.Changes, change)
}

// moved returns what the peer changed in an item since it was last applied.
func moved(kind schema.Kind, base Record, observed schema.Body) []Field {
	wrote := map[string]any(withoutSecrets(kind, base.Body))
	c := comparer{kind: kind, shown: base.Shown}
	c.walk(wrote, map[string]any(observed), wrote)
	fields := c.fields
	for i := range fields {
		fields[i].Reason, fields[i].New = Conflict, nil
	}
	return fields
}

// forget drops the records of items that are gone on both sides, and of those that are no longer managed
// here or left to the peer: they stay on it, and are its own affair from now on.
func (p *Peer) forget(in Input) {
	for key := range in.Base {
		_, managed := in.Kinds[key.Kind]
		_, wanted := in.Desired[key.Kind][key.ID]
		observed, err := Listed(in.Observed, key.Kind)
		_, exists := observed[key.ID]
		if !managed || in.leaves(key) || err == nil && !wanted && !exists {
			p.Forget = append(p.Forget, key)
		}
	}
}

func withoutSecrets(kind schema.Kind, body schema.Body) schema.Body {
	plain := map[string]any(body)
	for _, pointer := range kind.Secrets {
		plain = schema.Remove(plain, pointer)
	}
	return plain
}

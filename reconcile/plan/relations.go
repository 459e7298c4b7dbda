package plan

import (
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Need says what one change needs another for.
type Need string

// What it may be.
const (
	Refers Need = "refers" // it refers to what the other makes
	Takes  Need = "takes"  // it takes the value of a field that the other gives up
	Uses   Need = "uses"   // the other takes away a reference to what it deletes
)

// Dependency is another change of the same peer, without which a change is not attempted.
type Dependency struct {
	schema.Key
	Need  Need
	Field string // the one that is given up
}

// relations are those among the items of a peer, as far as its changes have to do with them.
type relations struct {
	in      Input
	kinds   map[string]schema.Kind // managed or not
	changes map[schema.Key]*Change

	users  map[schema.Key][]schema.Key // of what is to go: what on the peer refers to it now
	wants  map[schema.Key][]schema.Key // of anything: what is to be written and will refer to it
	owners map[claim]schema.Key        // who has a value now that no two may have
	claims map[claim][]schema.Key      // who is to get one

	limited map[schema.Key]bool // held by guards, and by nothing else that relate does not find itself
}

// relate holds what must not go because something still uses it, or cannot come because something is in
// its place, and says of each other change which changes it needs. It can be asked again when more is held.
func relate(in Input, changes []Change) {
	if len(changes) == 0 || !related(in.Kinds) && !related(in.Others) {
		return
	}
	kinds := map[string]schema.Kind{}
	maps.Copy(kinds, in.Others)
	maps.Copy(kinds, in.Kinds)
	r := &relations{in: in, kinds: kinds, changes: make(map[schema.Key]*Change, len(changes)), limited: map[schema.Key]bool{}}
	for i := range changes {
		c := &changes[i]
		c.unrelate()
		r.changes[c.Key] = c
		if c.limited() && !slices.ContainsFunc(c.Holds, func(h Hold) bool { return !h.limits() }) {
			r.limited[c.Key] = true
		}
	}
	r.look(changes)
	for r.holdMore(changes) { // what is held stays, and may stand in the way of others
		continue
	}
	for i := range changes {
		changes[i].Holds = append(changes[i].Holds, r.obstacles(&changes[i])...)
		changes[i].After = r.after(&changes[i])
	}
}

// unrelate forgets what relate said of a change.
func (c *Change) unrelate() {
	c.Holds = slices.DeleteFunc(c.Holds, func(h Hold) bool {
		return h.Why == InUse || h.Why == Unlisted || h.Why == Taken || h.Why == Claimed || h.Why == LeftOut && h.By != ""
	})
	c.Held, c.After = len(c.Holds) > 0, nil
}

func related(kinds map[string]schema.Kind) bool {
	for _, kind := range kinds {
		if len(kind.Refs)+len(kind.Unique) > 0 {
			return true
		}
	}
	return false
}

func (r *relations) look(changes []Change) {
	var going []schema.Key
	r.wants, r.claims = map[schema.Key][]schema.Key{}, map[claim][]schema.Key{}
	for i := range changes {
		c := &changes[i]
		if c.Action == Delete || c.Action == Replace {
			going = append(going, c.Key)
		}
		for _, key := range r.references(c) {
			r.wants[key] = append(r.wants[key], c.Key)
		}
		for _, claim := range r.claimed(c) {
			r.claims[claim] = append(r.claims[claim], c.Key)
		}
	}
	r.users = Users(r.kinds, r.in.Observed, going)
	r.owners = r.own(changes)
}

// references are those of what a change writes.
func (r *relations) references(c *Change) []schema.Key {
	kind := r.kinds[c.Kind]
	switch {
	case len(kind.Refs) == 0 || c.Action == Delete:
		return nil
	case c.Action == Update:
		return kind.MergedReferences(c.Body, r.observed(c.Key))
	default:
		return kind.References(c.Body)
	}
}

func (r *relations) observed(key schema.Key) schema.Body {
	return r.in.Observed.Kinds[key.Kind].Items[key.ID]
}

// holdMore holds the changes that meet an obstacle, and tells whether there was one.
func (r *relations) holdMore(changes []Change) bool {
	more := false
	for i := range changes {
		if c := &changes[i]; !c.Held && len(r.obstacles(c)) > 0 {
			c.Held, more = true, true
		}
	}
	return more
}

// obstacles are what no consent lifts.
func (r *relations) obstacles(c *Change) []Hold {
	var holds []Hold
	if c.Action != Delete {
		holds = slices.Concat(r.taken(c), r.rivals(c), r.missing(c))
	}
	if c.Action == Delete || c.Action == Replace {
		holds = append(holds, r.inUse(c)...)
	}
	return holds
}

// after is what a change that is carried out needs. What uses an item that goes lets go of it, or the
// deletion would be held.
func (r *relations) after(c *Change) []Dependency {
	var after []Dependency
	if c.Held {
		return nil
	}
	for _, user := range r.users[c.Key] {
		after = append(after, Dependency{Key: user, Need: Uses})
	}
	for _, key := range r.references(c) {
		if made := r.changes[key]; made != nil && (made.Action == Create || made.Action == Replace && !made.Held) {
			after = append(after, Dependency{Key: key, Need: Refers})
		}
	}
	for _, t := range r.takes(c) {
		after = append(after, Dependency{Key: t.owner, Need: Takes, Field: t.name()})
	}
	return after
}

package plan

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// claim is the value of a field that no two items of a kind may have.
type claim struct {
	kind    string
	pointer string
	value   string
}

func (c claim) name() string { return schema.JoinPath(schema.SplitPointer(c.pointer)) }

// valued are the claims of a body. What is not there is nobody's.
func (r *relations) valued(kind string, body schema.Body) []claim {
	var claims []claim
	for _, pointer := range r.kinds[kind].Unique {
		value, ok := schema.Lookup(map[string]any(body), pointer)
		if !ok || zero(value) {
			continue
		}
		if text, err := json.Marshal(value); err == nil {
			claims = append(claims, claim{kind, pointer, string(text)})
		}
	}
	return claims
}

// own says who has what now, of the kinds of which something is to be written.
func (r *relations) own(changes []Change) map[claim]schema.Key {
	owners := map[claim]schema.Key{}
	seen := map[string]bool{}
	for _, c := range changes {
		if seen[c.Kind] || len(r.kinds[c.Kind].Unique) == 0 || c.Action == Delete {
			continue
		}
		seen[c.Kind] = true
		items := r.in.Observed.Kinds[c.Kind].Items
		for _, id := range slices.Sorted(maps.Keys(items)) {
			for _, claim := range r.valued(c.Kind, items[id]) {
				owners[claim] = schema.Key{Kind: c.Kind, ID: id}
			}
		}
	}
	return owners
}

// claimed are the claims of what a change writes.
func (r *relations) claimed(c *Change) []claim {
	if c.Action == Delete || len(r.kinds[c.Kind].Unique) == 0 {
		return nil
	}
	return r.valued(c.Kind, c.Body)
}

// rivals says who else is to get what a change claims: which of them comes first must not be chance.
func (r *relations) rivals(c *Change) []Hold {
	var holds []Hold
	for _, claim := range r.claimed(c) {
		for _, other := range r.claims[claim] {
			if other != c.Key {
				holds = append(holds, Hold{Why: Claimed, By: other.String(), Field: claim.name()})
				break
			}
		}
	}
	return holds
}

// take is a claim to what another item has.
type take struct {
	claim
	owner schema.Key
}

// takes are the claims of what a change writes, to what others have.
func (r *relations) takes(c *Change) []take {
	var takes []take
	for _, claim := range r.claimed(c) {
		if owner, owned := r.owners[claim]; owned && owner != c.Key {
			takes = append(takes, take{claim, owner})
		}
	}
	return takes
}

// taken says what a change claims in vain.
func (r *relations) taken(c *Change) []Hold {
	var holds []Hold
	for _, t := range r.takes(c) {
		never := !r.givesUp(t) || r.circles(c, t.owner)
		if waits := r.waits(t.owner) && !r.bothLimited(c, t.owner); never || waits {
			holds = append(holds, Hold{Why: Taken, By: t.owner.String(), Field: t.name(), Foreign: r.foreign(t.owner), Waits: waits && !never, LeftOut: r.leftOut(t.owner) && !never})
		}
	}
	return holds
}

// givesUp tells whether the owner's own change gives up what is claimed, and can be made before.
func (r *relations) givesUp(t take) bool {
	change := r.changes[t.owner]
	switch {
	case change == nil:
		return false
	case change.Action == Delete:
		return r.early(change)
	default:
		value, authored := schema.Lookup(map[string]any(change.Body), t.pointer)
		text, err := json.Marshal(value)
		return (authored || change.Action == Replace) && err == nil && string(text) != t.value
	}
}

// early tells whether an item can be deleted before anything is written: whether only deletions have to
// come before.
func (r *relations) early(c *Change) bool {
	return !slices.ContainsFunc(r.users[c.Key], func(user schema.Key) bool {
		change := r.changes[user]
		return change == nil || change.Action != Delete || !r.early(change)
	})
}

// circles tells whether the owner, or who gives something up for it, claims what only c gives up.
func (r *relations) circles(c *Change, owner schema.Key) bool {
	seen := map[schema.Key]bool{}
	next := []schema.Key{owner}
	for len(next) > 0 {
		key := next[0]
		next = next[1:]
		if key == c.Key {
			return true
		}
		if change := r.changes[key]; change != nil && !seen[key] {
			seen[key] = true
			for _, t := range r.takes(change) {
				next = append(next, t.owner)
			}
		}
	}
	return false
}

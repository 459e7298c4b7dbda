package adopt

import (
	"reflect"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Take is one thing that Git shall say as the peer has it: a field of an item, or a whole item.
type Take struct {
	schema.Key
	Serial string
	Scopes [][]string // where files may say it, as paths of a cluster, the narrowest first
	Path   []string   // below the item's body; none: the item
	Value  any        // as it is written; nil: null
	Gone   bool       // it shall not be said

	whole schema.Body // of an item: what it comes to
}

// Fit is an item of a peer as people would write it, what that comes to, or why it cannot be written.
type Fit struct {
	Written, Whole schema.Body
	Problem        string
}

// Scope says where changes are written.
type Scope string

// The scopes.
const (
	WhereWritten Scope = ""     // where the field is written now
	AtPeer       Scope = "peer" // at the peer that has the change, whatever the others have
)

// Takes says of each candidate what Git shall say. An item that all peers which share its class have alike
// goes to cluster scope, and one that is gone on all of them is taken away there; other items are their
// peer's.
func Takes(c *schema.Cluster, chosen []Candidate, held []Held, fit func(string, schema.Key) Fit, scope Scope) ([]Take, []Refusal) {
	var takes []Take
	var refused []Refusal
	for _, candidate := range chosen {
		f := fit(candidate.Serial, candidate.Key)
		take := Take{Key: candidate.Key, Serial: candidate.Serial, Scopes: scopes(c, candidate.Serial, candidate.Kind)}
		if scope == AtPeer {
			take.Scopes = take.Scopes[:1]
		}
		switch {
		case candidate.What == Deleted:
			takes = append(takes, take.deleted(c, held, chosen))
		case f.Problem != "":
			refused = append(refused, Refusal{Key: candidate.Key, Serial: candidate.Serial, Why: f.Problem})
		case candidate.What == Added:
			takes = append(takes, take.added(c, held, f, fit))
		default:
			takes = append(takes, take.changed(candidate, f, scope)...)
		}
	}
	return takes, refused
}

// scopes are those that a peer takes items of a kind from, the narrowest first.
func scopes(c *schema.Cluster, serial, kind string) [][]string {
	peer := c.Peers[serial]
	all := [][]string{{"cluster", "peers", serial}}
	if peer.Group != "" {
		all = append(all, []string{"cluster", "groups", peer.Group})
	}
	if peer.Share[c.Provider.Kinds[kind].Class] == schema.WithAll {
		all = append(all, []string{"cluster"})
	}
	return all
}

func (t Take) changed(candidate Candidate, f Fit, scope Scope) []Take {
	var all []Take
	for _, path := range candidate.Fields {
		field := t
		field.Path = path
		value, there := below(map[string]any(f.Whole), path)
		field.Value, field.Gone = value, !there && scope != AtPeer // a peer's patch takes away by null
		all = append(all, field)
	}
	return all
}

func (t Take) added(c *schema.Cluster, held []Held, f Fit, fit func(string, schema.Key) Fit) Take {
	t.Value, t.whole = map[string]any(f.Written), f.Whole
	alike := func(h Held) bool {
		_, has := h.Items[t.Kind][t.ID]
		return has && reflect.DeepEqual(fit(h.Serial, t.Key).Whole, f.Whole)
	}
	return t.everywhere(c, held, alike)
}

// deleted takes an item away at cluster scope only if every peer that was to have it was seen to delete it: one
// that was installed anew has deleted nothing.
func (t Take) deleted(c *schema.Cluster, held []Held, chosen []Candidate) Take {
	gone := func(h Held) bool {
		_, wanted := c.Desired(h.Serial)[t.Kind][t.ID]
		return !wanted || slices.ContainsFunc(chosen, func(other Candidate) bool {
			return other.Key == t.Key && other.Serial == h.Serial && other.What == Deleted
		})
	}
	if t = t.everywhere(c, held, gone); len(t.Scopes[0]) == 1 {
		t.Gone = true
		return t
	}
	_, wider := c.Items[t.Kind][t.ID]
	_, grouped := c.Groups[c.Peers[t.Serial].Group].Items[t.Kind][t.ID]
	t.Gone = !wider && !grouped // else its own scope says null
	return t
}

// everywhere puts an item at cluster scope if that holds for every peer that takes it from there, and else
// at its peer.
func (t Take) everywhere(c *schema.Cluster, held []Held, holds func(Held) bool) Take {
	class := c.Provider.Kinds[t.Kind].Class
	all := slices.Equal(t.Scopes[len(t.Scopes)-1], []string{"cluster"})
	for serial, peer := range c.Peers {
		i := slices.IndexFunc(held, func(h Held) bool { return h.Serial == serial })
		all = all && (peer.Share[class] != schema.WithAll || i >= 0 && holds(held[i]))
	}
	if all {
		t.Scopes = t.Scopes[len(t.Scopes)-1:]
	} else {
		t.Scopes = t.Scopes[:1]
	}
	return t
}

func below(value any, path []string) (any, bool) {
	for _, step := range path {
		object, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		if value, ok = object[step]; !ok {
			return nil, false
		}
	}
	return value, true
}

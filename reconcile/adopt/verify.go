package adopt

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Placed is a take, and the scope at which the files say it.
type Placed struct {
	Take
	Scope []string
}

// Verify tells whether a cluster says what was taken, and nothing else that the one before it did not. Its
// error says what is otherwise. It returns the peers that a change reaches beside the one that had it, each
// with the items.
func Verify(before, after *schema.Cluster, placed []Placed) (map[string][]schema.Key, error) {
	if !reflect.DeepEqual(frame(before), frame(after)) {
		return nil, errors.New("something else than items would change")
	}
	reached := map[string][]schema.Key{}
	for _, serial := range before.Serials() {
		old, now := before.Desired(serial), after.Desired(serial)
		for _, key := range keys(old, now) {
			want, has := old[key.Kind][key.ID]
			got, gets := now[key.Kind][key.ID]
			if !has {
				want = nil
			}
			want = wanted(serial, key, want, got, placed)
			if gets != (want != nil) || !reflect.DeepEqual(map[string]any(want), map[string]any(got)) {
				return nil, fmt.Errorf("%s of %s would come to something else", key, serial)
			}
			if !reflect.DeepEqual(old[key.Kind][key.ID], got) && !own(serial, key, placed) {
				reached[serial] = append(reached[serial], key)
			}
		}
	}
	return reached, nil
}

// frame is all of a cluster but its items.
func frame(c *schema.Cluster) schema.Cluster {
	bare := *c
	bare.Items = nil
	bare.Peers, bare.Groups = maps.Clone(c.Peers), maps.Clone(c.Groups)
	for serial, peer := range bare.Peers {
		peer.Items = nil
		bare.Peers[serial] = peer
	}
	for name, group := range bare.Groups {
		group.Items = nil
		bare.Groups[name] = group
	}
	return bare
}

// keys are those of all items, each once.
func keys(items ...schema.Items) []schema.Key {
	all := map[schema.Key]bool{}
	for _, these := range items {
		for kind, bodies := range these {
			for id := range bodies {
				all[schema.Key{Kind: kind, ID: id}] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b schema.Key) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), schema.CompareSerials(a.ID, b.ID))
	})
}

func own(serial string, key schema.Key, placed []Placed) bool {
	return slices.ContainsFunc(placed, func(p Placed) bool { return p.Serial == serial && p.Key == key })
}

// wanted is what an item shall come to on a peer. What another peer's change says at a wider scope may reach
// it, or may not where a narrower one says otherwise.
func wanted(serial string, key schema.Key, old, got schema.Body, placed []Placed) schema.Body {
	want := old
	for _, p := range placed {
		if p.Key != key || p.Serial != serial && len(p.Scope) == 3 && p.Scope[1] == "peers" {
			continue
		}
		if p.Serial == serial || p.said(got) {
			want = p.on(want)
		}
	}
	return want
}

// on is an item as the take has it.
func (t Take) on(body schema.Body) schema.Body {
	switch {
	case len(t.Path) == 0 && t.whole == nil:
		return nil
	case len(t.Path) == 0:
		return t.whole
	case t.takesAway():
		return without(body, t.Path)
	}
	return with(body, t.Path, t.Value)
}

// takesAway tells whether a field shall not be there: no body has a null.
func (t Take) takesAway() bool { return t.Gone || t.Value == nil }

// said tells whether an item is as the take has it.
func (t Take) said(body schema.Body) bool {
	if len(t.Path) == 0 {
		return reflect.DeepEqual(map[string]any(t.whole), map[string]any(body))
	}
	value, there := below(map[string]any(body), t.Path)
	return there != t.takesAway() && (!there || reflect.DeepEqual(value, t.Value))
}

// with is an object with a value at a path; the object itself stays as it is.
func with(object map[string]any, path []string, value any) map[string]any {
	copied := maps.Clone(object)
	if copied == nil {
		copied = map[string]any{}
	}
	if len(path) > 1 {
		under, _ := copied[path[0]].(map[string]any)
		value = with(under, path[1:], value)
	}
	copied[path[0]] = value
	return copied
}

func without(object map[string]any, path []string) map[string]any {
	copied := maps.Clone(object)
	under, isObject := copied[path[0]].(map[string]any)
	switch {
	case len(path) == 1:
		delete(copied, path[0])
	case isObject:
		copied[path[0]] = without(under, path[1:])
	}
	return copied
}

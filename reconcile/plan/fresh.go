package plan

import (
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Fresh tells whether a change is still what it was when it was planned: whether the peer's item, read
// again, differs from the wanted one in the same fields and by the same values. Somebody may have edited
// it while people read the plan.
func Fresh(kind schema.Kind, change Change, observed schema.Body) bool {
	var now []Field
	if change.Action == Delete {
		now = moved(kind, Record{Body: change.Body}, observed)
	} else {
		now = Fields(kind, change.Body, observed)
	}
	planned := slices.DeleteFunc(slices.Clone(change.Fields), func(f Field) bool { return f.Secret })
	return slices.EqualFunc(Plain(kind, now), Plain(kind, planned), func(a, b Field) bool {
		c := comparer{kind: kind, path: slices.Clip(a.Path)}
		now, then := c.named(a.Old, a.New), c.named(b.Old, b.New)
		return slices.Equal(a.Path, b.Path) && c.equal(now, then) && c.equal(then, now)
	})
}

// named is what a list without order has of what its wanted elements name. A server may show in each element
// all of the item that it refers to, which this very run may have changed.
func (c *comparer) named(old, wanted any) any {
	list, isList := old.([]any)
	key := c.kind.Sets[pointer(c.path)]
	if !isList || key == "" {
		return old
	}
	names := map[string]bool{key: true}
	elements, _ := wanted.([]any)
	for _, element := range elements {
		object, _ := element.(map[string]any)
		for name := range object {
			names[name] = true
		}
	}
	left := make([]any, len(list))
	for i, element := range list {
		left[i] = only(element, names)
	}
	return left
}

// only is an object without the fields that are not among names.
func only(value any, names map[string]bool) any {
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	left := map[string]any{}
	for name := range names {
		if below, there := object[name]; there {
			left[name] = below
		}
	}
	return left
}

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
		return slices.Equal(a.Path, b.Path) && c.equal(a.Old, b.Old) && c.equal(b.Old, a.Old)
	})
}

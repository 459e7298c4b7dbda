package load

import (
	"encoding/json"
	"iter"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"

	"github.com/gitops-reconciler/reconciler/schema"
)

// most is how many items are evaluated in one context: enough for the product's schema, which each context
// compiles anew, to weigh little beside them, and few enough to keep memory small.
const most = 500

// addShards evaluates the items of shards and adds them to a cluster. It is not ok where the cluster has one
// of them already: that must be evaluated as a whole.
func (p pkg) addShards(in Input, names []string, product *build.Instance, c *schema.Cluster) (problems []schema.Problem, ok bool) {
	for items := range batches(in, names) {
		apart := p
		apart.value = evaluateApart(product, items)
		found, wrong := apart.itemsInError()
		here := apart.diagnose(found)
		problems = append(append(problems, here...), apart.unsaid(here)...)
		for _, key := range wrong {
			p.wrong[key] = true
		}
		if !addItems(c, apart.cluster().LookupPath(cue.ParsePath("items"))) {
			return nil, false
		}
	}
	return problems, true
}

// batches deals the items of shards out, in the order of the files. No more of their syntax than that of one
// batch, and of one file, is held at a time.
func batches(in Input, names []string) iter.Seq[[]item] {
	return func(yield func([]item) bool) {
		var items []item
		for i, name := range names {
			items = append(items, readShard(in, name)...)
			for len(items) >= most || i == len(names)-1 && len(items) > 0 {
				n := min(most, len(items))
				if !yield(items[:n:n]) {
					return
				}
				items = items[n:]
			}
		}
	}
}

// evaluateApart unifies items with their product's cluster, in a context that is thrown away with them.
func evaluateApart(product *build.Instance, items []item) cue.Value {
	context := cuecontext.New()
	kinds := map[string]*ast.StructLit{}
	all := &ast.StructLit{}
	for _, item := range items {
		if kinds[item.Kind] == nil {
			kinds[item.Kind] = &ast.StructLit{}
			all.Elts = append(all.Elts, &ast.Field{Label: ast.NewString(item.Kind), Value: kinds[item.Kind]})
		}
		kinds[item.Kind].Elts = append(kinds[item.Kind].Elts, item.field)
	}
	written := context.BuildExpr(ast.NewStruct("cluster", ast.NewStruct("items", all)))
	return written.FillPath(cue.ParsePath("cluster"), context.BuildInstance(product).LookupPath(cue.ParsePath("#Cluster")))
}

// itemsInError validates items. It asks each of them where they are not all valid, since a wrong one keeps
// CUE from saying what is missing in another.
func (p pkg) itemsInError() (all []errors.Error, wrong []schema.Key) {
	value := p.cluster().LookupPath(cue.ParsePath("items"))
	all = errors.Errors(valid(value))
	if len(all) == 0 {
		return nil, nil
	}
	for kind, bodies := range named(value) {
		for id, body := range named(bodies) {
			if err := valid(body); err != nil {
				all = append(all, errors.Errors(err)...)
				wrong = append(wrong, schema.Key{Kind: kind, ID: id})
			}
		}
	}
	return all, wrong
}

// addItems adds items to a cluster, those in error without the parts that are. It is not ok where the
// cluster has one of them.
func addItems(c *schema.Cluster, value cue.Value) bool {
	var items schema.Items
	if err := decodePart(value, &items); err != nil {
		_ = json.Unmarshal(salvage(value), &items) // the rest has been said
	}
	if c.Items == nil {
		c.Items = schema.Items{}
	}
	for kind, bodies := range items {
		if c.Items[kind] == nil {
			c.Items[kind] = map[string]schema.Body{}
		}
		for id, body := range bodies {
			if _, taken := c.Items[kind][id]; taken {
				return false
			}
			c.Items[kind][id] = body
		}
	}
	return true
}

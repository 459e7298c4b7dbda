package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"cuelang.org/go/cue"

	"github.com/gitops-reconciler/reconciler/schema"
)

// What a peer shows of an item is not what people write of it: the server adds fields of its own, says what
// is so by default, and hides secrets or shows something in their place. Fit takes an item back to what
// was, or could have been, written.

// Found is an item as a peer shows it.
type Found struct {
	schema.Key
	Body schema.Body `json:"body"`
}

// Shown are the items of some peers, and how they are to be written.
type Shown struct {
	Items   []Found `json:"items"`
	Secrets bool    `json:"secrets"` // also references for the secrets that no peer shows
}

// Fits are items as people would write them, in the order of those that were shown.
type Fits struct {
	Package string   `json:"package"` // the name in the package clause of the cluster's files
	Items   []Fitted `json:"items"`
}

// Fitted is one item as people would write it, or why it cannot be written.
type Fitted struct {
	schema.Key
	Written schema.Body `json:"written,omitzero"` // without what its kind gives anyway; empty, and not nil, where that is all
	Whole   schema.Body `json:"whole,omitzero"`   // what that evaluates to

	Dropped []string `json:"dropped,omitempty"` // fields that the vocabulary does not have, as pointers
	Secrets []string `json:"secrets,omitempty"` // references that stand in it: env:NAME
	Added   []string `json:"added,omitempty"`   // fields that its kind gives it and the peer's has not, as pointers
	Problem string   `json:"problem,omitempty"` // why it cannot be written; "" if it can
}

// Fit writes items as people would, in the vocabulary of the input's cluster. It evaluates in a child, as
// Load does; its error is for what Load's is, and for a configuration that cannot be evaluated.
func (c Child) Fit(ctx context.Context, in Input, shown Shown) (Fits, error) {
	data, err := json.Marshal(shown)
	if err != nil {
		return Fits{}, fmt.Errorf("fit items: %w", err)
	}
	in.Fit = data
	result, err := c.Load(ctx, in)
	switch {
	case err != nil:
		return Fits{}, err
	case result.Fits == nil && len(result.Problems) > 0:
		return Fits{}, errors.New(result.Problems[0].String())
	case result.Fits == nil:
		return Fits{}, errors.New("fit items: the child's answer has none")
	}
	return *result.Fits, nil
}

// fitAll is Load where items are to be fitted. Contexts only grow, so each thousand of them gets its own.
func fitAll(in Input) Result {
	var shown Shown
	if err := json.Unmarshal(in.Fit, &shown); err != nil {
		return failed([]schema.Problem{{Rule: "schema", Message: "fit items: " + err.Error()}})
	}
	_, rest := shards(in) // they say nothing of other items
	fits := Fits{Items: []Fitted{}}
	for first := 0; first == 0 || first < len(shown.Items); first += most {
		p, problems := buildPackage(Input{Files: rest, Dir: in.Dir})
		if problems != nil {
			return failed(problems)
		}
		f, err := newFitter(p, shown)
		if err != nil {
			return failed([]schema.Problem{{Rule: "schema", Path: []string{"cluster"}, Message: err.Error()}})
		}
		fits.Package = p.instance.PkgName
		for _, item := range shown.Items[first:min(first+most, len(shown.Items))] {
			fits.Items = append(fits.Items, f.fit(item))
		}
	}
	return Result{Fits: &fits}
}

// fitter fits items of a product.
type fitter struct {
	pkg
	kinds  map[string]schema.Kind
	names  map[string]string // of secrets' references, by item and pointer
	all    bool              // references also for secrets that the peer does not show
	gone   map[string]bool   // fields that no item of a kind can have, by kind and general pointer
	before map[string]Fitted // what came out, by the item and its looks
}

func newFitter(p pkg, shown Shown) (fitter, error) {
	var provider schema.Provider
	err := decodePart(p.cluster().LookupPath(cue.MakePath(cue.Def("provider"))), &provider)
	return fitter{pkg: p, kinds: provider.Kinds, names: references(provider.Kinds, shown.Items), all: shown.Secrets, gone: map[string]bool{}, before: map[string]Fitted{}}, err
}

// fit fits one item.
func (f fitter) fit(found Found) Fitted {
	kind, known := f.kinds[found.Kind]
	if !known {
		return Fitted{Key: found.Key, Problem: "the product has no such kind"}
	}
	body := f.cluster().LookupPath(cue.MakePath(cue.Def("provider"), cue.Str("kinds"), cue.Str(found.Kind), cue.Def("body")))
	t := tailor{fitter: f, kind: kind, schema: body, found: found, fitted: Fitted{Key: found.Key}}
	t.work()
	return t.fitted
}

package load

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/rules"
)

// Rules returns every rule that a problem can name, sorted by id: those about what is there, those about a
// change, and those of products.
func Rules() []schema.Rule {
	said := rulesInCUE(module())
	all := loaderRules()
	for _, r := range rules.All() {
		all = append(all, schema.Rule{ID: r.ID, Sentence: r.Sentence, Remedy: r.Remedy, Seed: seeds(r.Seed), Said: schema.InGo})
	}
	for _, r := range rules.AllTransitions() {
		all = append(all, schema.Rule{ID: r.ID, Sentence: r.Sentence, Remedy: r.Remedy, Seed: seeds(r.Seed), Said: schema.InGo, Transition: true})
	}
	for _, r := range said {
		i := slices.IndexFunc(all, func(known schema.Rule) bool { return known.ID == r.ID })
		if i >= 0 {
			all[i].Said = schema.InBoth
			continue
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b schema.Rule) int {
		return cmp.Or(strings.Compare(a.Product, b.Product), boolean(a.Transition, b.Transition), schema.CompareSerials(a.ID, b.ID))
	})
	return all
}

// boolean puts what is not before what is.
func boolean(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// seeds takes a list such as "CLEO-34, CLEO-35" apart.
func seeds(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ", ")
}

// loaderRules are about what is there before a cluster is.
func loaderRules() []schema.Rule {
	return []schema.Rule{
		{ID: "syntax", Sentence: "The files are CUE.", Remedy: "correct the line; cue fmt shows where CUE stops to understand", Said: schema.InCUE},
		{ID: "schema", Sentence: "Every field is one that the vocabulary has, and its value is of the kind that it wants.", Remedy: "write what the message says is wanted", Seed: []string{"IPL-40"}, Said: schema.InCUE},
		{ID: "import", Sentence: "Every import is of a package that there is, and is used.", Remedy: "correct the path of the import, or drop it", Said: schema.InCUE},
		{ID: "cluster-missing", Sentence: "The folder holds a cluster.", Remedy: "write cluster: PRODUCT.#Cluster & {...}, or name another folder with -C", Said: schema.InGo},
		{ID: "evaluation-limit", Sentence: "A configuration is evaluated within the limits of memory and time.", Remedy: "look for lists or comprehensions that multiply each other", Said: schema.InGo},
		{ID: "module-language", Sentence: "The module's language is one that the vocabulary can be read in.", Remedy: "raise language.version in cue.mod/module.cue", Said: schema.InGo},
		{ID: "package-missing", Sentence: "Every file names its package.", Remedy: "write the package clause that the folder's other files have", Said: schema.InGo},
		{ID: "schema-outdated", Sentence: "A repository's copy of the vocabulary is this program's own.", Remedy: "run reconciler schema upgrade", Said: schema.InGo},
		{ID: "active-written", Sentence: "No file says who holds what: that is an input, filled by the reconciler.", Remedy: "drop it; the branch with active.cue is a record, and is not read back", Said: schema.InGo},
		{ID: "active-items-only", Sentence: "Nothing but the bodies of items depends on who holds what.", Remedy: "refer to cluster.active within an item's body only, as in items: KIND: ID: FIELD: *cluster.active.ROLE.host | DEFAULT", Said: schema.InGo},
		{ID: "active-default", Sentence: "What an item reads of who holds what has a default for before the first round.", Remedy: "write a default, as in *cluster.active.ROLE.host | \"10.0.0.1\"", Said: schema.InGo},
		{ID: "active-exists", Sentence: "What is read of who holds what is a role of the cluster, and a field that it has.", Remedy: "name a role below cluster.active, and then holder, address, host or places", Said: schema.InGo},
		{ID: "kind-after-circle", Sentence: "A product's kinds do not come after each other in a circle.", Remedy: "drop one of the references", Said: schema.InGo},
	}
}

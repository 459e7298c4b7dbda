package main

import (
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/reconcile/adopt"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// proposal is a file with patches for the peers whose changes no file could take; nil if there are none.
func (t *taking) proposal() ([]byte, error) {
	patches := map[string]schema.Items{}
	for _, r := range t.refused {
		for _, take := range r.Takes {
			patches[r.Serial] = patched(patches[r.Serial], take)
		}
	}
	var sections []load.Section
	for _, serial := range slices.SortedFunc(maps.Keys(patches), schema.CompareSerials) {
		sections = append(sections, load.Section{Path: []string{"cluster", "peers", serial, "items"}, Items: patches[serial]})
	}
	if len(sections) == 0 {
		return nil, nil
	}
	return load.Write(t.pkg, sections)
}

// patched adds to patches what a take says.
func patched(patches schema.Items, take adopt.Take) schema.Items {
	value := take.Value
	if take.Gone {
		value = nil
	}
	if len(take.Path) == 0 {
		body, _ := value.(map[string]any)
		return put(patches, take.Key, body)
	}
	for _, step := range slices.Backward(take.Path) {
		value = map[string]any{step: value}
	}
	return put(patches, take.Key, together(patches[take.Kind][take.ID], value.(map[string]any)))
}

// together is a merge patch that does what both do; unlike Merge it keeps a null.
func together(a, b map[string]any) map[string]any {
	both := maps.Clone(a)
	if both == nil {
		both = map[string]any{}
	}
	for name, value := range b {
		under, isObject := both[name].(map[string]any)
		if more, ok := value.(map[string]any); ok && isObject {
			value = together(under, more)
		}
		both[name] = value
	}
	return both
}

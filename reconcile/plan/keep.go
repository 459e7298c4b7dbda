package plan

import (
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Kept is an item of a peer as it was at one moment.
type Kept struct {
	schema.Key
	// Body has the fields that people may write, without secrets; nil where the peer did not have the item.
	Body schema.Body `json:"body"`
	// Base is what had last been applied of it, secrets as marks; nil if nothing had.
	Base *Record `json:"base,omitempty"`
}

// Snapshot is what a peer held at one moment, or that part of it which a run was about to change.
type Snapshot struct {
	Serial   string   `json:"serial"`
	Instance string   `json:"instance,omitempty"`
	Kinds    []string `json:"kinds,omitempty"` // of which it has all items
	Items    []Kept   `json:"-"`               // in the order of kinds and ids
}

// Keep takes from an item what a snapshot has of it: the fields that people may write, but no secret,
// whatever the server shows in its place. What a server only shows could not be put back.
func Keep(kind schema.Kind, observed schema.Body) schema.Body {
	if observed == nil {
		return nil
	}
	body := any(map[string]any(withoutSecrets(kind, observed)))
	if len(kind.Fields) > 0 {
		body = project(body, newFields(kind.Fields))
	}
	if object, ok := body.(map[string]any); ok {
		return object
	}
	return schema.Body{}
}

// fields are those that may be written, by their names; nil where all below may be.
type fields map[string]fields

func newFields(pointers []string) fields {
	all := fields{}
	for _, pointer := range pointers {
		here := all
		steps := schema.SplitPointer(pointer)
		for _, step := range steps[:len(steps)-1] {
			if below, known := here[step]; !known {
				here[step] = fields{}
			} else if below == nil {
				here = nil // all of it may be
				break
			}
			here = here[step]
		}
		if here != nil {
			here[steps[len(steps)-1]] = nil
		}
	}
	return all
}

// project returns what of a value may be written. A value of another form than its schema has is no one's
// to write, and left whole.
func project(value any, may fields) any {
	switch value := value.(type) {
	case map[string]any:
		return projectObject(value, may)
	case []any:
		below, listed := may["*"]
		if !listed || below == nil {
			return value
		}
		list := make([]any, len(value))
		for i, element := range value {
			list[i] = project(element, below)
		}
		return list
	default:
		return value
	}
}

func projectObject(object map[string]any, may fields) map[string]any {
	left := make(map[string]any, len(may))
	for name, below := range may {
		value, there := object[name]
		switch {
		case !there:
		case below == nil:
			left[name] = value
		default:
			left[name] = project(value, below)
		}
	}
	return left
}

// CompareKeys is the order of items everywhere: by kind, and then as people count ids.
func CompareKeys(a, b schema.Key) int { return compareKeys(a, b) }

// restoring is the body that makes of an item what it was: what it has more now is taken away. Of lists,
// and of what is compared whole, nothing is taken away one by one.
func restoring(kind schema.Kind, then, now schema.Body) schema.Body {
	return takeAway(kind, nil, map[string]any(then), map[string]any(Keep(kind, now)))
}

func takeAway(kind schema.Kind, path []string, then, now map[string]any) map[string]any {
	body := maps.Clone(then)
	if body == nil {
		body = map[string]any{}
	}
	for name, value := range now {
		was, had := then[name]
		here := append(slices.Clone(path), name)
		before, wasObject := was.(map[string]any)
		object, isObject := value.(map[string]any)
		switch {
		case !had:
			body[name] = nil
		case wasObject && isObject && !slices.Contains(kind.Atomic, pointer(here)):
			body[name] = takeAway(kind, here, before, object)
		}
	}
	return body
}

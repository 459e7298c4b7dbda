package providertest

import (
	"maps"
	"slices"

	"github.com/gitops-reconciler/reconciler/schema"
)

// over are items with those of others in their places, and the others beside them.
func over(items, others schema.Items) schema.Items {
	all := schema.Items{}
	for _, from := range []schema.Items{items, others} {
		for key, body := range each(from) {
			all[key.Kind] = with(all[key.Kind], key.ID, body)
		}
	}
	return all
}

// without are items but for one.
func without(items schema.Items, key schema.Key) schema.Items {
	left := maps.Clone(items)
	left[key.Kind] = maps.Clone(left[key.Kind])
	delete(left[key.Kind], key.ID)
	return left
}

// edited are all items of created, those in changed after the edit.
func (c cases) edited() schema.Items { return over(c.created, c.changed) }

// few are the items of changed, as they were created, and what they refer to then or later.
func (c cases) few() schema.Items {
	few := schema.Items{}
	var take func(key schema.Key)
	take = func(key schema.Key) {
		body, ours := c.created[key.Kind][key.ID]
		if _, taken := few[key.Kind][key.ID]; !ours || taken {
			return
		}
		few[key.Kind] = with(few[key.Kind], key.ID, body)
		kind := c.provider.Kinds[key.Kind]
		for _, to := range slices.Concat(kind.References(body), kind.References(c.changed[key.Kind][key.ID])) {
			take(to)
		}
	}
	for key := range each(c.changed) {
		take(key)
	}
	return few
}

// redirected is a body that refers to another item of a kind instead.
func redirected(kind schema.Kind, body schema.Body, from schema.Key, to string) schema.Body {
	value := any(map[string]any(body))
	for pointer, refers := range kind.Refs {
		if refers == from.Kind {
			value = redirect(value, schema.SplitPointer(pointer), from.ID, to)
		}
	}
	return value.(map[string]any)
}

func redirect(value any, steps []string, from, to string) any {
	if len(steps) == 0 {
		if value == from {
			return to
		}
		return value
	}
	switch value := value.(type) {
	case map[string]any:
		if below, there := value[steps[0]]; there {
			value = maps.Clone(value)
			value[steps[0]] = redirect(below, steps[1:], from, to)
		}
		return value
	case []any:
		if steps[0] != "*" {
			return value
		}
		moved := make([]any, len(value))
		for i, element := range value {
			moved[i] = redirect(element, steps[1:], from, to)
		}
		return moved
	default:
		return value
	}
}

// users are the items that refer to another.
func (c cases) users(items schema.Items, of schema.Key) []schema.Key {
	var users []schema.Key
	for key, body := range each(items) {
		if slices.Contains(c.provider.Kinds[key.Kind].References(body), of) {
			users = append(users, key)
		}
	}
	return users
}

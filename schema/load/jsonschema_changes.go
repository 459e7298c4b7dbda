package load

import (
	"maps"
	"strings"

	"cuelang.org/go/cue"
)

// scopes adds what only the product's kinds say: what each of them is, and what groups and peers may
// change of an item. CUE lets any change pass, since it cannot merge; Load checks what comes out.
func (e *exporter) scopes(cluster cue.Value, whole keywords) {
	fields, _ := whole["properties"].(map[string]any)
	items, _ := fields["items"].(keywords)
	kinds, _ := items["properties"].(map[string]any)
	changes := map[string]any{}
	for kind, s := range kinds {
		ofKind, _ := s.(keywords)
		body, _ := ofKind["additionalProperties"].(keywords)
		what := comment(cluster.LookupPath(cue.MakePath(cue.Def("provider"), cue.Str("kinds"), cue.Str(kind))))
		if more, _ := ofKind["description"].(string); more != "" {
			what += "\n\n" + more
		}
		ofKind["description"] = what
		changes[kind] = keywords{"description": what, "type": "object", "additionalProperties": nullable(e.change(body))}
	}
	all, _ := e.defs["Changes"].(keywords)
	all["properties"], all["additionalProperties"] = changes, false
}

// change is the schema of a merge patch of what s describes: nothing is required, and null takes away.
func (e *exporter) change(s keywords) keywords {
	if ref, ok := s["$ref"].(string); ok {
		return e.changeOf(strings.TrimPrefix(ref, "#/$defs/"), s)
	}
	c := maps.Clone(s)
	delete(c, "default")
	delete(c, "required")
	if fields, ok := s["properties"].(map[string]any); ok {
		changes := map[string]any{}
		for name, field := range fields {
			of, _ := field.(keywords)
			changes[name] = nullable(e.change(of))
		}
		c["properties"] = changes
	}
	if others, ok := s["additionalProperties"].(keywords); ok {
		c["additionalProperties"] = nullable(e.change(others))
	}
	return c
}

// changeOf is that of a definition, which has one of its own if it is an object.
func (e *exporter) changeOf(name string, s keywords) keywords {
	c := maps.Clone(s)
	delete(c, "default")
	whole, _ := e.defs[name].(keywords)
	if whole["type"] != "object" {
		return c
	}
	c["$ref"] = "#/$defs/" + name + "Change"
	if _, there := e.defs[name+"Change"]; !there {
		e.defs[name+"Change"] = e.change(whole)
	}
	return c
}

// nullable lets null stand for what s describes.
func nullable(s keywords) keywords {
	n := keywords{"anyOf": []any{s, keywords{"type": "null"}}}
	if text, ok := s["description"]; ok {
		s = maps.Clone(s)
		delete(s, "description")
		n["description"], n["anyOf"] = text, []any{s, keywords{"type": "null"}}
	}
	return n
}

package rest

import (
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// body is what a change sends; nil: nothing.
func (p *place) body(s send, change plan.Change, observed schema.Body) any {
	k := p.kind
	if change.Action == plan.Delete {
		return p.farewell(s)
	}
	body := map[string]any(change.Body)
	if change.Action == plan.Update && s.Base == "observed" {
		body = k.onto(change.Body, observed)
	}
	if change.Action == plan.Create {
		body = schema.Merge(s.Initial, body)
	}
	body = k.withSecrets(body, change, observed)
	for _, list := range k.CSV {
		body = commas(body, list)
	}
	return s.shape(k.withKey(p.parts, body))
}

// farewell is the body of a delete: none, but where the server wants to be told what to delete in a body.
func (p *place) farewell(s send) any {
	if len(s.Set) == 0 && !s.List {
		return nil
	}
	return s.shape(p.kind.withKey(p.parts, map[string]any{}))
}

// shape leaves out what is not to be sent and adds what always is.
func (s send) shape(body map[string]any) any {
	if len(s.Only) > 0 {
		only := map[string]any{}
		for _, field := range s.Only {
			if value, there := field.at(body); there {
				only = schema.Merge(only, field.nest(value))
			}
		}
		body = only
	}
	for _, field := range s.Omit {
		body = schema.Remove(body, field.String())
	}
	body = schema.Merge(body, s.Set)
	var sent any = body
	if s.List {
		sent = []any{body}
	}
	if len(s.At) > 0 {
		sent = s.At.nest(sent)
	}
	return sent
}

// onto merges the authored fields over the observed item, without what the server owns in it. What is
// compared whole is replaced whole.
func (k kind) onto(authored, observed schema.Body) map[string]any {
	base := map[string]any(observed)
	for _, owned := range k.owned {
		base = schema.Remove(base, owned.String())
	}
	for _, whole := range k.schema.Atomic {
		if _, there := schema.Lookup(map[string]any(authored), whole); there {
			base = schema.Remove(base, whole)
		}
	}
	return schema.Merge(base, authored)
}

// commas writes a list of texts as one, as some servers want it that show it as a list.
func commas(body map[string]any, at pointer) map[string]any {
	value, _ := at.at(body)
	list, ok := value.([]any)
	if !ok {
		return body
	}
	texts := make([]string, len(list))
	for i, element := range list {
		texts[i], _ = element.(string)
	}
	return at.put(body, strings.Join(texts, ","))
}

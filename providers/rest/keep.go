package rest

import (
	"slices"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// secret is how a secret is written.
type secret struct {
	As   map[string]any `json:"as"`   // the object that carries it; nil: it is written as it is
	At   pointer        `json:"at"`   // where in that object it stands
	Keep string         `json:"keep"` // what a replacement sends of one that did not change: resend, omit, echo
	Echo any            `json:"echo"` // what keeps it
}

// withSecrets writes a body's secrets as the server wants them. One that did not change is not always
// sent again: a server may hash it anew at each write, or keep it on a word of its own. One that
// nobody wrote here is the server's, and is kept in the same way.
func (k kind) withSecrets(body map[string]any, change plan.Change, observed schema.Body) map[string]any {
	for _, at := range k.schema.Secrets {
		s, p := k.Secrets[at], point(at)
		authored, wrote := p.at(change.Body)
		there, _ := p.at(observed)
		shown := !empty(there)
		switch {
		case wrote && (sends(change, p) || s.resends(shown)):
			body = p.put(body, s.written(authored))
		case s.resends(true):
		case s.Keep == "echo" && shown:
			body = p.put(body, s.Echo)
		default:
			body = schema.Remove(body, at)
		}
	}
	return body
}

// empty tells whether a server that shows this in the place of a secret has none: it may show the bare object
// that would carry it.
func empty(shown any) bool {
	object, carries := shown.(map[string]any)
	return shown == nil || shown == "" || carries && len(object) == 0
}

// resends tells whether nothing but the secret itself keeps it. Of one that is not there an echo keeps nothing.
func (s secret) resends(shown bool) bool { return s.Keep != "omit" && (s.Keep != "echo" || !shown) }

// sends tells whether a change is about the secret. One that does not say what it is about is about all.
func sends(change plan.Change, secret pointer) bool {
	return change.Action == plan.Create || len(change.Fields) == 0 ||
		slices.ContainsFunc(change.Fields, func(f plan.Field) bool { return f.Secret && slices.Equal(f.Path, secret) })
}

func (s secret) written(value any) any {
	if len(s.At) == 0 {
		return value
	}
	return schema.Merge(s.As, s.At.nest(value))
}

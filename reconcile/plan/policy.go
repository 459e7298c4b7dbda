package plan

import (
	"github.com/gitops-reconciler/reconciler/schema"
)

// Policy says what becomes of items that Git does not name, and which are never deleted. The zero value
// deletes what was applied once and protects nothing.
type Policy struct {
	Prune        func(kind string) string        // schema.PruneNone, PruneOwned or PruneAll; nil: PruneOwned
	Protected    func(schema.Key) (where string) // where an item is protected; "": it is not; nil: none is
	PruneForeign bool                            // consent: what was never applied may be deleted, where Prune is all
}

func (p Policy) prunes(kind string) string {
	if p.Prune == nil {
		return schema.PruneOwned
	}
	return p.Prune(kind)
}

func (p Policy) protected(key schema.Key) string {
	if p.Protected == nil {
		return ""
	}
	return p.Protected(key)
}

// unwanted decides about an item that the peer has and Git does not name.
func (p *Peer) unwanted(in Input, key schema.Key, observed schema.Body) {
	base, ours := in.Base[key]
	prune := in.prunes(key.Kind)
	switch {
	case in.leaves(key):
	case ours && in.Kinds[key.Kind].Permanent:
		p.Foreign++
	case ours && prune == schema.PruneNone:
		p.Kept++
	case ours:
		p.remove(in, key, base, observed)
	case prune == schema.PruneAll && in.protected(key) == "" && !in.Kinds[key.Kind].Permanent:
		p.clear(in, key, observed)
	default:
		p.Foreign++
	}
}

// remove plans the deletion of what was applied once.
func (p *Peer) remove(in Input, key schema.Key, base Record, observed schema.Body) {
	change := Change{Key: key, Action: Delete, Reason: Removed, Body: base.Body}
	change.Fields = moved(in.Kinds[key.Kind], base, observed)
	if len(change.Fields) > 0 {
		change.Reason = Conflict
	}
	change.await(in)
	p.Changes = append(p.Changes, change)
}

// clear plans the deletion of what was never applied. What it is now is what it must still be then.
func (p *Peer) clear(in Input, key schema.Key, observed schema.Body) {
	change := Change{Key: key, Action: Delete, Reason: Foreign, Body: withoutSecrets(in.Kinds[key.Kind], observed)}
	change.await(in)
	p.Changes = append(p.Changes, change)
}

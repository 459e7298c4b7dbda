package schema

import "cmp"

// What is deleted of a class that Git does not name, as Guards.Prune says.
const (
	PruneNone  = "none"  // nothing
	PruneOwned = "owned" // what was applied once
	PruneAll   = "all"   // whatever there is
)

// Prunes tells what is deleted of a class: PruneNone, PruneOwned or PruneAll.
func (g Guards) Prunes(class string) string {
	return cmp.Or(g.Prune[class], g.Prune["all"], PruneOwned)
}

// Protects tells whether an item is never to be deleted.
func (g Guards) Protects(key Key) bool { return g.Protect[key.Kind].Names(key.ID) }

// Package providertest is the conformance suite that every provider's definition passes, against a real
// server of the product. It is for tests: nothing that is shipped may import it.
//
// Who writes a definition, providers/NAME/NAME.cue, writes the cases beside it, in
// providers/NAME/testdata/cases.cue, as clusters of that product without peers:
//
//	package cases
//
//	import "github.com/gitops-reconciler/reconciler/providers/NAME"
//
//	// What is made first: at least one item of each kind. Ids that need escaping in a URL belong here,
//	// if the product allows them.
//	created: NAME.#Cluster & {name: "cases", items: {...}}
//	// The same items after an edit. What created has and changed does not name must stay.
//	changed: NAME.#Cluster & {name: "cases", items: {...}}
//	// What somebody else writes on the server: other fields of those items, and items of their own.
//	theirs: NAME.#Cluster & {name: "cases", items: {...}}
//	// Items that pass the schema and that the server refuses.
//	refused: NAME.#Cluster & {name: "cases", items: {...}}
//
// and a test that starts an empty server and calls Run. The suite tells one story, each step on what the
// one before left: read and delete what is missing; create; create again; update; update under somebody
// else's hands; be refused; fill several pages; delete everything. After each step the server must hold
// exactly what it should, in its lists and in single reads.
package providertest

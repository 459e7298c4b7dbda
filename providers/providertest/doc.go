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
//	// What is made first: at least one item of each kind; one with a secret, and one with a
//	// reference, of each kind that has any. Ids that need escaping in a URL belong here, if the product allows them.
//	created: NAME.#Cluster & {name: "cases", items: {...}}
//	// Some of the same items, at least one of each kind, after an edit. What created has and changed does
//	// not name must stay.
//	changed: NAME.#Cluster & {name: "cases", items: {...}}
//	// What somebody else writes on the server: an item of their own; of an item in changed, another value
//	// of a field that changed has; and of one in changed, a field that neither created nor changed has.
//	theirs: NAME.#Cluster & {name: "cases", items: {...}}
//	// Items that pass the schema and that the server refuses.
//	refused: NAME.#Cluster & {name: "cases", items: {...}}
//
//	// Of each refused item a regular expression for what the server says, in its own words.
//	words: "KIND/ID": "400 Bad Request: .* is too long"
//	// A kind of which so many items are made together, each like its first in created: more than two pages.
//	many: KIND: 1000
//
//	// What items of created may look like beside that and changed. From each state to each other one there
//	// is a way. Optional.
//	states: NAME_OF_IT: NAME.#Cluster & {name: "cases", items: {...}}
//	// Ids that items of a kind may have, with a number in them, where "many-%05d" is none. Optional.
//	names: KIND: "198.51.100.%d/32"
//
// A kind with immutable fields needs, in changed or in a state, an item to which nothing refers with another
// value in one; a kind with unique fields needs two such items in created with different values of each.
// Cases that would prove nothing fail, and say what is missing.
//
// Beside them stands a test that starts an empty server and calls Run. The suite tells one story, each step
// on what the one before left, and stops at the first that fails:
//
//	missing       what is not there is nil to read, and no error to delete
//	create        what was made is there, in lists and in single reads, also for another client
//	create again  an item that is there is not overwritten
//	update        an edit is there; what it does not name stays; the same again changes nothing
//	theirs        what somebody else wrote stays
//	refused       what the server does not take is reported in its words, and is not there
//	delete        only what the server had at first is left
//	apply         a reconciler makes, edits and deletes all; then its plan is empty and it writes nothing
//	references    what others refer to is there before them, and goes after them
//	failure       what could not be made keeps those back that need it, and no others
//	in use        what a foreign item refers to is not deleted
//	states        from each state of the items to each other one
//	lever         a role switches items on and off (kinds with a lever)
//	drift         what others changed or deleted is put back, what they made stays
//	unmanaged     fields of others stay, even if they come between our plan and our write
//	secrets       a new one is sent, one that stayed is not written; drift of one that the server shows is seen
//	rename        another id, and all references with it, in one apply
//	swap          unique values that swap are held, and can be swapped in two applies (kinds with unique)
//	immutable     what cannot be changed is made anew, with a consent only (kinds with immutable)
//	many          a list of several pages is whole; requests are counted
//	stopped       a run that is stopped at a write, and the next
//	killed        a run that is killed after a write, its state as it was then, and the next
//	lost answer   every third write is carried out, and its answer lost
//	stale         an edit between our plan and our write is not overwritten
//	etag          nor one between our look and our write (definitions with etag)
//	two writers   two reconcilers, each with a state of its own
//	restart       the server starts anew in the middle of a run
//	health        a server that is well says so; one that does not answer is not (definitions with health)
//
// The reconciler is the real one; its state is kept in memory. Nothing waits for a clock.
package providertest

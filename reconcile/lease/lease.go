// Package lease decides when a place of a role may change hands: the controller's and the node's halves of one
// protocol, docs/failover.md.
//
// The package is pure. Both halves are values; their methods return the next value and what is to be done, and
// whoever calls them does it: asks, sends, writes, starts and stops. Times are counted on the clock of the half
// they are given to, from any moment of its choice, and the two are never compared. Such a clock runs on while
// the machine sleeps (CLOCK_BOOTTIME, not Go's own), and nobody sets it.
//
// The node's half is Node. The controller's half is Reign, which begins when the store has said that this
// controller leads. In each round the caller
//
//  1. asks the peers, and keeps of each its last Answer,
//  2. then reads the ledger, linearizably, and notes before when it did: a Confirm,
//  3. sends what Reign.Order gives upon that Confirm: it alone makes grants and starts,
//  4. does what Reign.Decide gives: swaps, revokes, stops; shows what waits, and what is BLOCKED,
//  5. begins the next round at once if a swap was made, at Decision.Next, or after a while.
//
// Answers to grants, revokes, starts and stops are Answers too. When the ledger says that another leads, the Reign
// is over. Nothing of it is kept: the next one waits for what this one did.
package lease

// Package lease decides when a place of a role may change hands: the controller's and the node's halves of one
// protocol, docs/failover.md.
//
// The package is pure. Both halves are values; their methods return the next value and what is to be done, and
// whoever calls them does it: asks, sends, writes, starts and stops. Times are counted on the clock of the half
// they are given to, from any moment of its choice, and the two are never compared. Such a clock runs on while
// the machine sleeps (CLOCK_BOOTTIME, not Go's own), and nobody sets it.
package lease

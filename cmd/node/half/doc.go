// Package half runs the node's half of leases: what package lease decides, on the machine's own clock, with a
// file for what must outlive a reboot, and with hands that start and stop what places stand for.
//
// It stops in time by itself. Its loop needs neither the network nor the controller nor the server that answers
// requests, and a request cannot hold it up: what must reach the disk is written beside it. What a place stands
// for is stopped gently from the time that its grant leaves for it, and by force when the lease ends, also by
// the goroutine that stops it, should the loop be gone.
//
// A Half implements the Leases of providers/node.
package half

//go:build sftpgo

package main

import (
	"flag"
	"testing"
)

var roleRounds = flag.Int("rounds", 20, "how many rounds TestSFTPGoRole goes through")

// TestSFTPGoRole: three servers have a rule that tells of every upload, and a role of fencing "confirmed" runs it on one
// of them. Whatever becomes of the servers, no upload is told of by two, as long as what people attest is so.
func TestSFTPGoRole(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	_, stop := p.uploading()
	kinds := []func(*party){(*party).killed, (*party).succeeded, (*party).restarted, (*party).stopped, (*party).cutOff, (*party).switchedOver}
	for i := range *roleRounds {
		kinds[i%len(kinds)](p)
	}
	from, to := p.cameBackActive()
	alone := p.alone()
	stop()
	for _, span := range [][2]int{{0, from}, {to, alone}} {
		for _, name := range p.names.twice(span[0], span[1]) {
			t.Errorf("told of by two: %s", name)
		}
	}
	t.Logf("%d uploads to all in %d rounds: none told of by two, %d by nobody; after a server came back with its rule on, %d of %d by two",
		from, *roleRounds, p.names.missed(from), len(p.names.twice(from, to)), to-from)
}

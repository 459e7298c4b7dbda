package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/assign"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/schema"
)

// TestSwitchoverSaysForWhatItWaits: a preview shows that a move does not begin at once, and when it may.
func TestSwitchoverSaysForWhatItWaits(t *testing.T) {
	t.Parallel()
	place := schema.Place{Role: "run"}
	s := roles.Switchover{
		Place: place, From: "1001", To: "1002",
		Moves: []assign.Move{{Place: place, From: "1001", Move: lease.Move{To: "1002", Kind: lease.Switchover, Cause: "asked for"}}},
		Waits: "the move to 1002 begins when it can follow at once: a start that was decided on earlier may still arrive",
		Until: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	var out bytes.Buffer
	if err := (&ui{out: &out}).switchover(s, true); err != nil {
		t.Fatal(err)
	}
	want := `<> run/0: 1001 -> 1002 (switchover: asked for)
the move to 1002 begins when it can follow at once: a start that was decided on earlier may still arrive: waits until 2026-01-02T03:04:05Z
Nothing was changed.
`
	if out.String() != want {
		t.Errorf("it says\n%s", out.String())
	}
}

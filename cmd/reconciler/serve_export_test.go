package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/format"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/reconcile/source"
	"github.com/gitops-reconciler/reconciler/schema"
)

// board is a ledger and a branch for an exporter.
type board struct {
	ledger lease.Ledger
	fails  error
	sent   []source.Export
	told   []string
}

func (b *board) exporter(t *testing.T) *exporter {
	return &exporter{
		branch: "reconciler/active", author: "reconciler", address: "ada@here",
		ledger: func(string) (lease.Ledger, error) { return b.ledger, nil },
		export: func(ctx context.Context, e source.Export) error {
			if _, bounded := ctx.Deadline(); !bounded {
				t.Error("it may take for ever")
			}
			b.sent = append(b.sent, e)
			return b.fails
		},
		cluster: func() string { return "mft" },
		clock:   func() time.Time { return time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC) },
		tell:    func(branch string, err error) { b.told = append(b.told, fmt.Sprint(branch, ": ", err)) },
		due:     make(chan struct{}, 1),
	}
}

func (b *board) seat(holder string, epoch uint64) {
	b.ledger.Places = seatings{{Role: "scheduler"}: {Holder: holder, Epoch: epoch, Cause: "why " + holder}}
}

// TestExportTellsOnce has a branch that cannot be written for a while: that is said once, and written it is in the end, with
// all that moved since.
func TestExportTellsOnce(t *testing.T) {
	t.Parallel()
	b := &board{}
	e := b.exporter(t)
	b.seat("1001", 1)
	e.look(t.Context())
	b.fails = errors.New("the server is away")
	for epoch := range uint64(3) {
		b.seat("1002", epoch+2)
		e.look(t.Context())
	}
	failing := e.failing.Load()
	b.fails = nil
	e.look(t.Context())
	if !failing || e.failing.Load() {
		t.Errorf("while it failed it was said to: %v; and then: %v", failing, e.failing.Load())
	}
	want := []string{"reconciler/active/mft: the server is away", "reconciler/active/mft: <nil>"}
	if !slices.Equal(b.told, want) {
		t.Errorf("it told %q, want %q", b.told, want)
	}
	last := b.sent[len(b.sent)-1]
	if len(b.sent) != 5 || last.Message != "scheduler/0: 1001 -> 1002, epoch 4: why 1002" || last.Branch != "reconciler/active/mft" {
		t.Errorf("of %d exports the last is %q on %s", len(b.sent), last.Message, last.Branch)
	}
}

// TestExportOnlyWhatIsCertain writes nothing before a cluster is in force, of a ledger that was restored, and where no
// place was ever held.
func TestExportOnlyWhatIsCertain(t *testing.T) {
	t.Parallel()
	b := &board{}
	e := b.exporter(t)
	e.look(t.Context())
	b.seat("1001", 1)
	b.ledger.Restored = true
	e.look(t.Context())
	b.ledger.Restored = false
	e.cluster = func() string { return "" }
	e.look(t.Context())
	if len(b.sent) > 0 {
		t.Errorf("it wrote %q", b.sent[0].Files)
	}
}

// TestExportHoldsNobodyUp hangs in an export while the roles move on: whoever says so does not wait, and then the last
// state is written, and none between.
func TestExportHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	b := &board{}
	e := b.exporter(t)
	seats := make(chan lease.Ledger, 1)
	e.ledger = func(string) (lease.Ledger, error) { return <-seats, nil }
	begun, goOn := make(chan string), make(chan struct{})
	e.export = func(ctx context.Context, x source.Export) error {
		begun <- x.Message
		select {
		case <-goOn:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); e.run(ctx) }()
	move := func(epoch uint64) lease.Ledger { b.seat("1001", epoch); return b.ledger }

	e.wake()
	seats <- move(1)
	if got := <-begun; got != "scheduler/0: 1001, epoch 1: why 1001" {
		t.Errorf("the first message is %q", got)
	}
	for range 1000 {
		e.wake()
	}
	goOn <- struct{}{}
	seats <- move(1001)
	if got := <-begun; got != "scheduler/0: 1001 -> 1001, epoch 1001: why 1001" {
		t.Errorf("the second message is %q", got)
	}
	stop()
	<-ended
	if len(e.due) > 0 || len(b.told) > 0 {
		t.Errorf("there are %d more to write, and it told %q", len(e.due), b.told)
	}
}

func TestExportNowhere(t *testing.T) {
	t.Parallel()
	e := (&board{}).exporter(t)
	e.branch = ""
	e.wake()
	e.run(t.Context()) // returns
}

func TestActiveMessage(t *testing.T) {
	t.Parallel()
	a, b, c := schema.Place{Role: "a"}, schema.Place{Role: "b"}, schema.Place{Role: "b", Number: 1}
	before := seatings{a: {Holder: "1", Epoch: 1}, b: {Holder: "1", Epoch: 1}}
	after := seatings{a: {Holder: "1", Epoch: 1}, b: {Epoch: 2, Cause: "1 is\nDEAD"}, c: {Holder: "2", Epoch: 1, Cause: "new"}}
	for _, test := range []struct {
		before, after seatings
		want          string
	}{
		{before, after, "mft: 2 places moved\n\nb/0: 1 -> -, epoch 2: 1 is"},
		{nil, before, "mft: who holds what\n\na/0: 1, epoch 1: \nb/0: 1, epoch 1: "},
		{before, before, "mft: who holds what\n"}, // somebody else changed the branch
		{before, seatings{a: {Holder: "2", Epoch: 2, Cause: "x"}, b: before[b]}, "a/0: 1 -> 2, epoch 2: x"},
	} {
		if got := activeMessage("mft", test.before, test.after); !strings.HasPrefix(got, test.want) || strings.Count(got, "\n") > 3 {
			t.Errorf("the message is %q, want %q", got, test.want)
		}
	}
}

// TestActiveFile reads back what it wrote, as CUE does, and compares it with a plainer reading of the ledger.
func TestActiveFile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := seatings{}
		want := map[string][]string{}
		for _, role := range rapid.SliceOfNDistinct(rapid.StringMatching("[a-z][a-zA-Z0-9-]{0,4}"), 0, 4, rapid.ID).Draw(t, "roles") {
			for number := range rapid.IntRange(1, 12).Draw(t, "places") {
				holder := rapid.SampledFrom([]string{"", "1001", "HC-2"}).Draw(t, "holder")
				epoch := rapid.Uint64Range(1, 1<<50).Draw(t, "epoch")
				since := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "since"), 0)
				all[schema.Place{Role: role, Number: number}] = lease.Seating{Holder: holder, Epoch: epoch, Since: since}
				if holder != "" {
					want[role] = append(want[role], fmt.Sprint(holder, epoch, since.UTC().Format(time.RFC3339)))
				}
			}
		}
		text := activeFile("mft", maps.Clone(all))
		if pretty, err := format.Source(text); err != nil || string(pretty) != string(text) {
			t.Fatalf("cue fmt makes of it, %v:\n%s\nand it was:\n%s", err, pretty, text)
		}
		var got struct {
			Cluster struct {
				Active map[string]struct {
					Places []struct {
						Holder, Since string
						Epoch         uint64
					}
				}
			}
		}
		if err := cuecontext.New().CompileBytes(text).Decode(&got); err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
		read := map[string][]string{}
		for role, active := range got.Cluster.Active {
			for _, place := range active.Places {
				read[role] = append(read[role], fmt.Sprint(place.Holder, place.Epoch, place.Since))
			}
		}
		if fmt.Sprint(read) != fmt.Sprint(want) {
			t.Fatalf("it says %v, want %v", read, want)
		}
	})
}

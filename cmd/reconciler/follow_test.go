package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/reconcile/loop"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// sky is a serve's store and repository: the last commit is one that follows who holds the scheduler.
type sky struct {
	*commits
	store     *store.Store
	term      lease.Ledger
	evaluated []load.Active
	problems  []schema.Problem
	err       error
}

func newSky(t *testing.T) *sky {
	t.Helper()
	s, err := store.Open(t.TempDir(), store.Holder{Command: "serve"}, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	k := &sky{store: s}
	away := stub{onHead: func(context.Context) (string, error) { return "", errors.New("the repository is away") }}
	k.commits = &commits{store: s, from: away}
	k.good = loaded{Cluster: &schema.Cluster{Name: "mft"}, revision: someCommit, follow: []schema.Key{{Kind: "host", ID: "a"}}}
	k.good.again = func(_ context.Context, so load.Active) (loaded, []schema.Problem, error) {
		k.evaluated = append(k.evaluated, so)
		cluster := &schema.Cluster{Name: "mft", Note: so["scheduler"][0].Holder}
		return loaded{Cluster: cluster, revision: someCommit, follow: []schema.Key{{Kind: "host", ID: "b"}}}, k.problems, k.err
	}
	k.follows.Store(true)
	return k
}

// lead begins a term of a new state, in which nothing is certain yet.
func (k *sky) lead(t *testing.T) {
	t.Helper()
	var err error
	if k.term, err = k.store.Lead("mft", "us", false); err != nil {
		t.Fatal(err)
	}
}

func (k *sky) seat(t *testing.T, old, holder string, epoch uint64) {
	t.Helper()
	seating := func(holder string, epoch uint64) lease.Seating {
		if holder == "" {
			return lease.Seating{}
		}
		return lease.Seating{Holder: holder, Epoch: epoch, Cause: "a test"}
	}
	swap := lease.Swap{
		Term: k.term.Term, Leader: "us", Place: schema.Place{Role: "scheduler"},
		Old: seating(old, epoch-1), New: seating(holder, epoch),
	}
	if err := k.store.Swap("mft", swap); err != nil {
		t.Fatal(err)
	}
}

// look wants the commit in force to say something else, for a holder; or else the repository to be asked.
func (k *sky) look(t *testing.T, holder string) loop.Desired {
	t.Helper()
	desired, err := k.Latest(t.Context(), someCommit)
	switch {
	case holder == "" && (err == nil || desired.Cluster != nil):
		t.Fatalf("nothing moved, and it says %+v, %v", desired, err)
	case holder != "" && (err != nil || desired.Cluster == nil || desired.Cluster.Note != holder || desired.Revision != someCommit):
		t.Fatalf("it says %+v, %v; want the same commit for %s", desired, err, holder)
	}
	return desired
}

// TestCommitFollows has the commit in force evaluated once for each move, and never for what is not certain; the
// repository need not be there.
func TestCommitFollows(t *testing.T) {
	t.Parallel()
	k := newSky(t)
	k.look(t, "")
	k.lead(t)
	k.seat(t, "", "1001", 1)
	k.look(t, "")
	if d, err := k.desired(t.Context()); err != nil || d.For != "" || d.Cluster != k.good.Cluster || len(k.evaluated) > 0 {
		t.Errorf("%+v, %v: what is not certain counts", d, err)
	}
	if err := k.store.Settle("mft", k.term.Term); err != nil {
		t.Fatal(err)
	}
	first := k.look(t, "1001")
	k.look(t, "")
	k.seat(t, "1001", "1002", 2)
	second := k.look(t, "1002")
	k.look(t, "")
	want := []load.Active{
		{"scheduler": {{Holder: "1001", Epoch: 1, Since: stamp(time.Time{})}}},
		{"scheduler": {{Holder: "1002", Epoch: 2, Since: stamp(time.Time{})}}},
	}
	if !reflect.DeepEqual(k.evaluated, want) {
		t.Errorf("evaluated for %v, want %v", k.evaluated, want)
	}
	if got := fmt.Sprint(second.Follow); got != "[host/a host/b]" {
		t.Errorf("%s follow, want those that do in any state", got)
	}
	ledger, err := k.store.Ledger("mft")
	if err != nil || !outdated(first, ledger) || outdated(second, ledger) || !outdated(loop.Desired{}, lease.Ledger{}) {
		t.Errorf("%v: what was worked out for the old holder, or for nobody, counts", err)
	}
	ledger.Restored = true
	if !outdated(second, ledger) {
		t.Error("what is not certain counts")
	}
}

// TestCommitThatCannotFollow is refused once for each move, and looked at again where it could not be evaluated.
func TestCommitThatCannotFollow(t *testing.T) {
	t.Parallel()
	k := newSky(t)
	k.lead(t)
	k.seat(t, "", "1001", 1)
	if err := k.store.Settle("mft", k.term.Term); err != nil {
		t.Fatal(err)
	}
	k.err = errors.New("no memory for a child")
	k.look(t, "")
	k.err, k.problems = nil, []schema.Problem{{Rule: "schema", Message: "want a number"}}
	_, err := k.Latest(t.Context(), someCommit)
	if refused, is := errors.AsType[*loop.Refused](err); !is || refused.Revision != someCommit {
		t.Fatalf("%v, want it refused", err)
	}
	k.look(t, "")
	k.problems = nil
	k.seat(t, "1001", "1002", 2)
	k.look(t, "1002")
	if len(k.evaluated) != 3 {
		t.Errorf("evaluated %d times", len(k.evaluated))
	}
}

// TestLeaving leaves items alone at every peer, beside those that are already.
func TestLeaving(t *testing.T) {
	t.Parallel()
	c := &schema.Cluster{Peers: map[string]schema.Peer{"1001": {}, "1002": {}}}
	a, b := schema.Key{Kind: "host", ID: "a"}, schema.Key{Kind: "host", ID: "b"}
	got := leaving(c, map[string]map[schema.Key]bool{"1001": {a: true}}, []schema.Key{b})
	want := map[string]map[schema.Key]bool{"1001": {a: true, b: true}, "1002": {b: true}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestSeatOfAnUncertainLedger leaves alone what follows who holds the roles, in a run without serve.
func TestSeatOfAnUncertainLedger(t *testing.T) {
	t.Parallel()
	k := newSky(t)
	k.lead(t)
	k.seat(t, "", "1001", 1)
	k.good.Peers = map[string]schema.Peer{"1001": {}}
	var targeting reconcile.Targeting
	got, err := (&app{}).seat(t.Context(), k.good, k.store, &targeting)
	if err != nil || got.Cluster != k.good.Cluster || !targeting.Not["1001"][schema.Key{Kind: "host", ID: "a"}] {
		t.Errorf("%v, %v: it is written all the same", err, targeting.Not)
	}
}

package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

func openStore(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Holder{Command: "test"}, 0)
	ok(t, err)
	return s
}

var scheduler = schema.Place{Role: "scheduler"}

func swap(term uint64, was, is lease.Seating) lease.Swap {
	return lease.Swap{Term: term, Leader: "a", Place: scheduler, Old: was, New: is}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	none, err := s.Ledger("mft")
	ok(t, err)
	if none.Store != "" || none.Term != 0 || len(none.Places) > 0 {
		t.Fatalf("of a new store: %+v", none)
	}
	first, err := s.Lead("mft", "a", false)
	ok(t, err)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	held := lease.Seating{Holder: "1001", Epoch: 1, Since: at, Cause: "the first in rank"}
	ok(t, s.Swap("mft", swap(first.Term, lease.Seating{}, held)))
	leaving := held
	leaving.Move = &lease.Move{To: "1002", Kind: lease.Switchover, Began: at, Cause: "asked for"}
	ok(t, s.Swap("mft", swap(first.Term, held, leaving)))
	ok(t, s.Settle("mft", first.Term))
	ok(t, s.Close())

	s = openStore(t, dir)
	defer func() { ok(t, s.Close()) }()
	second, err := s.Lead("mft", "a", false)
	ok(t, err)
	if !first.Restored || second.Restored {
		t.Errorf("to be settled: at first %v, then %v", first.Restored, second.Restored)
	}
	if err := s.Settle("mft", first.Term); !errors.Is(err, ErrTerm) {
		t.Errorf("settled by who leads no more: %v", err)
	}
	want := lease.Ledger{Store: first.Store, Term: first.Term + 1, Leader: "a", Places: map[schema.Place]lease.Seating{scheduler: leaving}}
	if d := cmp.Diff(want, second); d != "" {
		t.Errorf("after a restart: -want +got:\n%s", d)
	}
	moves, err := s.Moves("mft")
	ok(t, err)
	if d := cmp.Diff([]Moved{{Place: scheduler, To: "1001", Epoch: 1, At: at, Cause: "the first in rank"}}, moves); d != "" {
		t.Errorf("moves: -want +got:\n%s", d)
	}
	other, err := s.Ledger("other")
	ok(t, err)
	if len(other.Places) > 0 || other.Term != 0 {
		t.Errorf("of another cluster: %+v", other)
	}
}

func TestSwapRefuses(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	defer func() { ok(t, s.Close()) }()
	old, err := s.Lead("mft", "a", false)
	ok(t, err)
	now, err := s.Lead("mft", "a", false)
	ok(t, err)
	held := lease.Seating{Holder: "1001", Epoch: 2}
	ok(t, s.Swap("mft", swap(now.Term, lease.Seating{}, held)))
	for name, test := range map[string]struct {
		term    uint64
		was, is lease.Seating
		want    error
	}{
		"of a term that is over":           {old.Term, held, lease.Seating{Holder: "1002", Epoch: 3}, ErrTerm},
		"of a term to come":                {now.Term + 1, held, lease.Seating{Holder: "1002", Epoch: 3}, ErrTerm},
		"of what it was before":            {now.Term, lease.Seating{}, lease.Seating{Holder: "1002", Epoch: 3}, ErrSwapped},
		"of what is under way meanwhile":   {now.Term, lease.Seating{Holder: "1001", Epoch: 2, Move: &lease.Move{}}, lease.Seating{Holder: "1002", Epoch: 3}, ErrSwapped},
		"to an epoch that was":             {now.Term, held, lease.Seating{Holder: "1001", Epoch: 1}, nil},
		"to another holder in the same":    {now.Term, held, lease.Seating{Holder: "1002", Epoch: 2}, nil},
		"to nobody in the same epoch":      {now.Term, held, lease.Seating{Epoch: 2}, nil},
		"to nobody in the epoch before it": {now.Term, held, lease.Seating{Epoch: 1}, nil},
	} {
		err := s.Swap("mft", swap(test.term, test.was, test.is))
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	ledger, err := s.Ledger("mft")
	ok(t, err)
	if d := cmp.Diff(map[schema.Place]lease.Seating{scheduler: held}, ledger.Places); d != "" {
		t.Errorf("a refused change changed: -want +got:\n%s", d)
	}
}

func TestMovesAreBounded(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	defer func() { ok(t, s.Close()) }()
	s.db.bolt.NoSync = true
	ledger, err := s.Lead("mft", "a", false)
	ok(t, err)
	was := lease.Seating{}
	for n := range maxMoves + 10 {
		is := lease.Seating{Holder: fmt.Sprint(n % 2), Epoch: uint64(n + 1)}
		ok(t, s.Swap("mft", swap(ledger.Term, was, is)))
		was = is
	}
	moves, err := s.Moves("mft")
	ok(t, err)
	if len(moves) != maxMoves || moves[0].Epoch != 11 || moves[maxMoves-1].Epoch != maxMoves+10 {
		t.Errorf("%d moves, from epoch %d to %d", len(moves), moves[0].Epoch, moves[len(moves)-1].Epoch)
	}
}

// ledgerCall is a call of the ledger, for the checker of histories.
type ledgerCall struct {
	lead    bool
	term    uint64
	was, is uint64 // epochs; each names one holder
}

// ledgerAnswer is what came back: the term and the epoch after a Lead; whether a Swap was made.
type ledgerAnswer struct {
	term, epoch uint64
	swapped     bool
}

type ledgerState struct{ term, epoch uint64 }

func stepLedger(state, input, output any) (bool, any) {
	s, call, answer := state.(ledgerState), input.(ledgerCall), output.(ledgerAnswer)
	if call.lead {
		s.term++
		return answer == ledgerAnswer{term: s.term, epoch: s.epoch}, s
	}
	swaps := call.term == s.term && call.was == s.epoch
	if swaps {
		s.epoch = call.is
	}
	return answer.swapped == swaps, s
}

// TestLedgerIsLinearizable lets controllers depose each other and change a place all at once, and has what they saw
// checked against a ledger that does one thing after the other.
func TestLedgerIsLinearizable(t *testing.T) {
	t.Parallel()
	s := openStore(t, t.TempDir())
	defer func() { ok(t, s.Close()) }()
	s.db.bolt.NoSync = true
	var clock atomic.Int64
	var mu sync.Mutex
	var history []porcupine.Operation
	record := func(client int, call ledgerCall, do func() ledgerAnswer) {
		from := clock.Add(1)
		answer := do()
		to := clock.Add(1)
		mu.Lock()
		defer mu.Unlock()
		history = append(history, porcupine.Operation{ClientId: client, Input: call, Call: from, Output: answer, Return: to})
	}
	var wait sync.WaitGroup
	for client := range 4 {
		wait.Go(func() { control(t, s, client, record) })
	}
	wait.Wait()
	model := porcupine.Model{Init: func() any { return ledgerState{} }, Step: stepLedger}
	if !porcupine.CheckOperations(model, history) {
		t.Error("no order of the calls explains what they returned")
	}
}

func control(t *testing.T, s *Store, client int, record func(int, ledgerCall, func() ledgerAnswer)) {
	random := rand.New(rand.NewPCG(1, uint64(client)))
	holding := func(epoch uint64) lease.Seating {
		if epoch == 0 {
			return lease.Seating{}
		}
		return lease.Seating{Holder: fmt.Sprint(epoch % 2), Epoch: epoch}
	}
	var term, epoch uint64
	for range 25 {
		if term == 0 || random.IntN(4) == 0 {
			record(client, ledgerCall{lead: true}, func() ledgerAnswer {
				ledger, err := s.Lead("mft", "a", false)
				if err != nil {
					t.Error(err)
				}
				term, epoch = ledger.Term, ledger.Places[scheduler].Epoch
				return ledgerAnswer{term: term, epoch: epoch}
			})
			continue
		}
		call := ledgerCall{term: term, was: epoch, is: epoch + 1}
		record(client, call, func() ledgerAnswer {
			err := s.Swap("mft", swap(call.term, holding(call.was), holding(call.is)))
			if err != nil && !errors.Is(err, ErrTerm) && !errors.Is(err, ErrSwapped) {
				t.Error(err)
			}
			if err == nil {
				epoch = call.is
			}
			return ledgerAnswer{swapped: err == nil}
		})
	}
}

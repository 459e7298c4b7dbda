package providertest

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/schema"
)

// times is how often a run is cut short, at writes that are spread over all of them.
const times = 4

// stopped: a user who stops a run, before it began or at some write, leaves it to the next one to finish.
func (s *story) stopped(t testing.TB) {
	s.cutShort(t, func(o *operator, items schema.Items, n int) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		round := o.plan(t, items)
		if n == 0 {
			stop()
		}
		o.spy.atWrite(n, stop)
		for key, result := range o.apply(ctx, t, round) {
			if n == 0 && result.Status != reconcile.NotAttempted {
				t.Errorf("stopped before it began: %s is %s", key, result.Status)
			}
		}
	})
}

// killed: once so many writes are carried out nothing has any effect, at the server or in the state. The next
// run finishes without a consent, and makes nothing twice.
func (s *story) killed(t testing.TB) {
	s.cutShort(t, func(o *operator, items schema.Items, n int) {
		round := o.plan(t, items)
		die := func() { o.ledger.die(true) }
		if n == 0 {
			die()
		}
		o.spy.before = func(call, int) error {
			if o.ledger.died() {
				return &schema.Failure{Op: "anything", Cause: schema.Unreachable, Err: errDead}
			}
			return nil
		}
		o.spy.atWrite(n, die)
		o.apply(t.Context(), t, round)
		o.ledger.die(false)
	})
}

// atWrite does something once the n-th write is carried out.
func (s *spy) atWrite(n int, do func()) {
	var writes atomic.Int32
	s.after = func(c call, _ int) error {
		if c.writes() && int(writes.Add(1)) == n {
			do()
		}
		return nil
	}
}

// cutShort cuts runs short that make, edit and delete items, at several of their calls, and wants the next to
// finish.
func (s *story) cutShort(t testing.TB, run func(o *operator, items schema.Items, n int)) {
	t.Helper()
	o, none := s.operator(t), s.permanents()
	o.applies(t, s.created)
	writes := len(o.spy.writes())
	o.brings(t, none)
	for i := range times {
		n := i * writes / times
		for _, items := range []schema.Items{s.few(), s.edited(), none} {
			o.spy.reset()
			run(o, items, n)
			o.applies(t, items)
			o.rests(t, items)
		}
		s.holds(t, s.client)
		if t.Failed() {
			t.Fatalf("cut short after %d of %d writes", n, writes)
		}
	}
	o.brings(t, nil)
}

// lostAnswers: every third answer to a write is lost on its way, once the server has carried it out. What
// became of it is found out, and nothing is made twice.
func (s *story) lostAnswers(t testing.TB) {
	if s.Wire == nil {
		s.skipped(t, "Wire")
		return
	}
	o := s.operator(t)
	for _, items := range []schema.Items{s.few(), s.edited(), s.few()} {
		var writes atomic.Int32
		s.Wire.lose(func(r *http.Request) bool { return r.Method != http.MethodGet && writes.Add(1)%3 == 0 })
		results := o.apply(t.Context(), t, o.plan(t, items))
		s.Wire.lose(nil)
		if len(results) > 0 && writes.Load() == 0 {
			t.Error("nothing was written")
		}
		o.brings(t, items)
	}
	o.brings(t, nil)
}

// skipped says what a step would need.
func (s *story) skipped(t testing.TB, field string) {
	t.Helper()
	t.Logf("not shown: Suite.%s is not given", field)
}

package reconcile

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/rules"
)

// TestApplied: a run that came to its end is one that later clusters have to follow, whatever became of
// single peers and also where there was nothing to do; one that was stopped, or not remembered, is none.
func TestApplied(t *testing.T) {
	w := newWorld(t, "1", "2")
	w.cluster.Guards.Protect = map[string]schema.Selection{"folder": {All: true}}
	w.git(`folder/a "path": "/a"`)
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.applyRound(stopped, w.plan())
	w.ok(err)
	w.remembers(nil)
	w.store.fault = func(op string) error {
		return map[string]error{"begin": errors.New("disk full")}[op]
	}
	if _, err := w.applyRound(t.Context(), w.plan()); err == nil {
		t.Error("no error")
	}
	w.remembers(nil)
	w.store.fault = nil
	w.servers["1"].fault = always(schema.Unreachable, "list")
	w.apply()
	w.remembers(Target{Cluster: rules.Remains(w.cluster), Revision: "r1"})
	w.store.last = nil
	w.servers["1"].fault = nil
	w.restart()
	w.apply()
	w.store.last = nil
	w.apply() // nothing is left to do
	w.remembers(Target{Cluster: rules.Remains(w.cluster), Revision: "r1"})
}

func (w *world) remembers(want any) {
	w.t.Helper()
	if d := cmp.Diff(want, w.store.last); d != "" {
		w.t.Errorf("remembered as applied, -want +got:\n%s", d)
	}
}

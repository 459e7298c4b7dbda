package providertest

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// restarts: the server is started anew in the middle of a run; what was signed in is not any more. The run or
// the next one finishes.
func (s *story) restarts(t testing.TB) {
	if s.Restart == nil {
		s.skipped(t, "Restart")
		return
	}
	o := s.operator(t)
	o.brings(t, s.created)
	for _, items := range []schema.Items{s.edited(), s.few()} {
		round := o.plan(t, items)
		var once sync.Once
		o.spy.reset()
		o.spy.before = func(c call, _ int) error {
			if c.writes() {
				once.Do(func() { s.Restart(t) })
			}
			return nil
		}
		o.apply(t.Context(), t, round)
		o.brings(t, items)
	}
	o.brings(t, nil)
}

// prober is a client of a server that can be asked how it is.
type prober interface {
	Health(ctx context.Context, deep bool) error
}

// health: where the definition says how, a server that is well says so, and one that gives no answer does not.
func (s *story) health(t testing.TB) {
	var api struct {
		Health struct {
			Live, Deep json.RawMessage
		} `json:"health"`
	}
	if err := json.Unmarshal(s.provider.API, &api); err != nil || api.Health.Live == nil {
		return // the definition does not say
	}
	probes, able := s.client.(prober)
	if !able {
		t.Fatal("the definition has health, and the client no Health")
	}
	for deep, defined := range map[bool]bool{false: true, true: api.Health.Deep != nil} {
		if !defined {
			continue
		}
		if err := probes.Health(t.Context(), deep); err != nil {
			t.Errorf("health, deep %t: %v", deep, err)
		}
		s.unwell(t, probes, deep)
	}
}

// unwell wants a server whose answers are lost not to be well.
func (s *story) unwell(t testing.TB, probes prober, deep bool) {
	t.Helper()
	if s.Wire == nil {
		s.skipped(t, "Wire")
		return
	}
	s.Wire.lose(func(*http.Request) bool { return true })
	defer s.Wire.lose(nil)
	if err := probes.Health(t.Context(), deep); schema.CauseOf(err) != schema.Unreachable {
		t.Errorf("health, deep %t, without an answer: got %v, want it to be %s", deep, err, schema.Unreachable)
	}
}

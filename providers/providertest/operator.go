package providertest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// serial is that of the one peer.
const serial = "1"

// operator is somebody with a reconciler and a state of its own; there may be several at one server.
type operator struct {
	story    *story
	spy      *spy
	ledger   *ledger
	wanted   schema.Items // last, secrets as references
	consents reconcile.PlanOptions
}

// tampered is what the suite's own tests make wrong of a reconciler.
type tampered struct {
	plan    func(*reconcile.Target, *reconcile.PlanOptions) // nil: nothing
	begins  func(*plan.Memory)                              // nil: nothing
	endless bool                                            // it cannot be stopped
}

// operator begins with an empty state. Items that cannot be changed may be made anew: that it needs a
// consent is another step's affair. Those that are always there are as created, or they would be a stranger's.
func (s *story) operator(t testing.TB) *operator {
	t.Helper()
	s.write(t, plan.Update, s.permanents())
	o := &operator{story: s, spy: &spy{Client: s.Open(t, s.provider)}, ledger: newLedger()}
	o.ledger.begins = s.tampered.begins
	for kind, k := range s.provider.Kinds {
		if len(k.Immutable) > 0 {
			o.consents.Replace = append(o.consents.Replace, kind+"/*")
		}
	}
	return o
}

func (s *story) permanents() schema.Items {
	items := schema.Items{}
	for kind, k := range s.provider.Kinds {
		if k.Permanent {
			items[kind] = s.created[kind]
		}
	}
	return items
}

func (o *operator) reconciler() *reconcile.Reconciler {
	return &reconcile.Reconciler{
		Open:    func(string, schema.Peer) (reconcile.Provider, error) { return o.spy, nil },
		Secrets: func(reference string) (string, error) { return o.story.secret(reference), nil },
		Key:     []byte(key),
		Clock:   func() time.Time { return time.Unix(0, 0) },
	}
}

// plan compares the server with items.
func (o *operator) plan(t testing.TB, items schema.Items) *reconcile.Round {
	t.Helper()
	target, consents := o.target(items), o.consents
	consents.Overrides.AllowEmpty = []string{serial} // the cases end by taking everything away
	if o.story.tampered.plan != nil {
		o.story.tampered.plan(&target, &consents)
	}
	round, err := o.reconciler().Plan(t.Context(), target, o.ledger, consents)
	if err != nil {
		t.Fatal(err)
	}
	return round
}

func (o *operator) target(items schema.Items) reconcile.Target {
	share := map[string]schema.Sharing{}
	for _, kind := range o.story.provider.Kinds {
		share[kind.Class] = schema.WithAll
	}
	return reconcile.Target{Revision: "r", Cluster: &schema.Cluster{
		Name: "cases", Provider: o.story.provider, Items: items, Peers: map[string]schema.Peer{serial: {Share: share}},
	}}
}

// apply carries out a plan, and says what became of the changes by item.
func (o *operator) apply(ctx context.Context, t testing.TB, round *reconcile.Round) map[schema.Key]reconcile.Result {
	t.Helper()
	if o.story.tampered.endless {
		ctx = context.WithoutCancel(ctx)
	}
	report, err := o.reconciler().Apply(ctx, round, o.ledger)
	if err != nil && !o.ledger.died() {
		t.Fatal(err)
	}
	results := map[schema.Key]reconcile.Result{}
	for _, result := range report.Peers[0].Results {
		results[result.Change.Key] = result
	}
	return results
}

// brings makes the server hold items and, of ours, no others. It wants every change to be made, and that
// nothing is left to do then.
func (o *operator) brings(t testing.TB, items schema.Items) {
	t.Helper()
	o.applies(t, items)
	o.settles(t, items)
}

// applies wants every change to be made that is to be.
func (o *operator) applies(t testing.TB, items schema.Items) {
	t.Helper()
	o.spy.reset()
	round := o.plan(t, items)
	for _, problem := range round.Plan.Peers[0].Problems {
		t.Errorf("plan: %s", problem)
	}
	results := o.apply(t.Context(), t, round)
	for _, at := range sorted(results) {
		if result := results[at]; result.Status != reconcile.Applied {
			t.Errorf("%s %s: %s: %s", result.Change.Action, at, result.Status, because(result))
		}
	}
	o.note(items, results)
}

// settles wants that the server holds what it should, and that nothing is left to do.
func (o *operator) settles(t testing.TB, items schema.Items) {
	t.Helper()
	o.rests(t, items)
	o.story.holds(t, o.story.client)
}

func because(r reconcile.Result) string {
	return strings.Join(append(r.Change.Obstacles(), r.Error), "; ")
}

// rests wants an empty plan, and an apply of it that writes nothing.
func (o *operator) rests(t testing.TB, items schema.Items) {
	t.Helper()
	o.spy.reset()
	round := o.plan(t, items)
	for _, change := range round.Plan.Peers[0].Changes {
		t.Errorf("after apply: %s%s", change, differing(change))
	}
	o.apply(t.Context(), t, round)
	for _, call := range o.spy.writes() {
		t.Errorf("after apply: there was nothing to do, and %s was sent: %s", call.key, call.op)
	}
}

func differing(c plan.Change) string {
	var text strings.Builder
	for _, field := range c.Fields {
		_, _ = fmt.Fprintf(&text, "; %s is %v, want %v", schema.JoinPath(field.Path), field.Old, field.New)
	}
	return text.String()
}

// note keeps book of what must be there once items are.
func (o *operator) note(items schema.Items, results map[schema.Key]reconcile.Result) {
	for key := range each(o.wanted) {
		if items[key.Kind][key.ID] == nil && !o.story.provider.Kinds[key.Kind].Permanent {
			o.story.note(plan.Change{Key: key, Action: plan.Delete})
		}
	}
	for key, body := range each(o.story.seal(items)) {
		if results[key].Change.Action == plan.Replace {
			o.story.note(plan.Change{Key: key, Action: plan.Delete})
		}
		o.story.note(plan.Change{Key: key, Action: plan.Update, Body: body})
	}
	o.wanted = items
}

// sorted are the keys in their order, so that a failure is told the same every time.
func sorted[V any](m map[schema.Key]V) []schema.Key {
	return slices.SortedFunc(maps.Keys(m), func(a, b schema.Key) int { return strings.Compare(a.String(), b.String()) })
}

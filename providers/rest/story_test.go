package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// story is a product that the tests made up, or one of which they know how it behaves: its definition
// (testdata/NAME), its server, and what is remembered of it.
type story struct {
	testing.TB
	product string
	server  *httptest.Server
	state   *store.Store
	secrets map[string]string // by reference

	clusters map[string]*schema.Cluster // by their items
	pauses   []time.Duration
	pause    func()                // called at each
	before   func(r *http.Request) // called before a request is answered

	mu    sync.Mutex
	asked []string // "METHOD /escaped/path?query"
}

func begin(t testing.TB, product string, handler http.Handler) *story {
	t.Helper()
	s := &story{TB: t, product: product, secrets: map[string]string{}, clusters: map[string]*schema.Cluster{}, pause: func() {}, before: func(*http.Request) {}}
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
		s.before(r)
		s.mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.server.Close)
	s.forget()
	return s
}

// forget begins with an empty state.
func (s *story) forget() {
	s.Helper()
	state, err := store.Open(s.TempDir(), store.Holder{}, time.Second)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = state.Close() })
	s.state = state
}

// input is a configuration of the product with the items.
func (s *story) input(items string) load.Input {
	s.Helper()
	definition, err := os.ReadFile("testdata/" + s.product + "/" + s.product + ".cue")
	if err != nil {
		s.Fatal(err)
	}
	cluster := "package " + s.product + "\n\nimport \"github.com/gitops-reconciler/reconciler/schema\"\n\n" +
		fmt.Sprintf("cluster: schema.#Cluster & {#provider: #Provider, name: %q, peers: \"1\": address: %q, items: {\n%s\n}}\n", s.product, s.server.URL, items)
	return load.Input{Dir: ".", Files: map[string][]byte{"product.cue": definition, "cluster.cue": []byte(cluster)}}
}

// cluster evaluates items as a configuration of the product, once.
func (s *story) cluster(items string) *schema.Cluster {
	s.Helper()
	if known := s.clusters[items]; known != nil {
		return known
	}
	result := load.Load(s.input(items))
	for _, problem := range result.Problems {
		s.Error(problem)
	}
	if result.Cluster == nil {
		s.FailNow()
	}
	s.clusters[items] = result.Cluster
	return result.Cluster
}

func (s *story) open(c *schema.Cluster) *rest.Client {
	s.Helper()
	definition, err := rest.Parse(c.Provider)
	if err != nil {
		s.Fatal(err)
	}
	client, err := definition.Open(s.server.URL, rest.Credentials{}, rest.Options{Wait: time.Nanosecond, Pause: func(_ context.Context, d time.Duration) error {
		s.pauses = append(s.pauses, d)
		s.pause()
		if len(s.pauses) > 50 {
			return errors.New("it waits for ever")
		}
		return nil
	}})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(client.Close)
	return client
}

func (s *story) plan(items string) (*reconcile.Reconciler, *reconcile.Round) {
	s.Helper()
	cluster := s.cluster(items)
	r := &reconcile.Reconciler{
		Open:    func(string, schema.Peer) (reconcile.Provider, error) { return s.open(cluster), nil },
		Secrets: func(reference string) (string, error) { return s.secrets[reference], nil },
		Key:     s.state.Key(),
		Clock:   time.Now,
	}
	round, err := r.Plan(s.Context(), reconcile.Target{Cluster: cluster, Revision: "r"}, s.state, reconcile.PlanOptions{
		TakeOver: []string{"1"}, Overrides: reconcile.Overrides{MaxDeletes: "100%", AllowEmpty: []string{"1"}}, // guards are not the engine's
	})
	if err != nil {
		s.Fatal(err)
	}
	return r, round
}

// plans checks the changes that are planned, each "~ kind/id (reason)" and, of an update, its fields.
func (s *story) plans(items string, want ...string) {
	s.Helper()
	_, round := s.plan(items)
	got := slices.Clone(round.Plan.Peers[0].Problems)
	for _, change := range round.Plan.Peers[0].Changes {
		line := change.String()
		for _, field := range change.Fields {
			if change.Action == plan.Update {
				line += " " + schema.JoinPath(field.Path)
			}
		}
		got = append(got, line)
	}
	if !slices.Equal(got, want) {
		s.Errorf("planned\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// apply carries out what is planned. What fails is in the order of the plan.
func (s *story) apply(items string, fails ...string) {
	s.Helper()
	r, round := s.plan(items)
	report, err := r.Apply(s.Context(), round, s.state)
	if err != nil || report.Peers[0].Problem != "" {
		s.Fatal(err, report.Peers[0].Problem, s.heard())
	}
	for _, result := range report.Peers[0].Results {
		if result.Status == reconcile.Applied {
			continue
		}
		if len(fails) == 0 || !strings.Contains(result.Error, fails[0]) {
			s.Errorf("%s: %s: %s; want %q", result.Change, result.Status, result.Error, fails)
		}
		fails = fails[min(1, len(fails)):]
	}
	if len(fails) > 0 {
		s.Errorf("nothing failed by %q", fails)
	}
}

// converges applies, and wants nothing to be left to do, and nothing to be written when it is done again.
func (s *story) converges(items string) {
	s.Helper()
	s.apply(items)
	s.idle(items)
}

// idle wants nothing to be planned, and nothing to be written.
func (s *story) idle(items string) {
	s.Helper()
	s.plans(items)
	s.heard()
	s.apply(items)
	for _, asked := range s.heard() {
		if !strings.HasPrefix(asked, "GET ") {
			s.Errorf("nothing to do, and it was asked %s", asked)
		}
	}
}

// heard returns what was asked since it was last called.
func (s *story) heard() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// writes returns the writes since heard was last called.
func (s *story) writes() []string {
	return slices.DeleteFunc(s.heard(), func(a string) bool { return strings.HasPrefix(a, "GET ") })
}

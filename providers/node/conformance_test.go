package node_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/providers/node"
	"github.com/gitops-reconciler/reconciler/providers/providertest"
	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

func TestConformance(t *testing.T) {
	for name, test := range map[string]struct {
		token string
		many  map[string]int
	}{
		"without a token": {"", nil},
		"with a token":    {"s3cret", map[string]int{"route": 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := restartable(t, node.Options{Token: test.token, NoSync: true})
			wire := providertest.NewWire(t, server.URL)
			providertest.Run(t, providertest.Suite{
				Cases: os.DirFS("testdata"),
				Open: func(t testing.TB, p schema.Provider) providertest.Client {
					return open(t, p, wire.URL(), test.token)
				},
				Wire:    wire,
				Restart: server.restart,
				Many:    test.many,
			})
		})
	}
}

// restarter is a node that can be started again, at the same address.
type restarter struct {
	*httptest.Server
	dir     string
	options node.Options

	mu   sync.RWMutex // held for reading by every request
	node *node.Node
}

func restartable(t *testing.T, o node.Options) *restarter {
	t.Helper()
	r := &restarter{dir: t.TempDir(), options: o}
	r.start(t)
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.mu.RLock()
		defer r.mu.RUnlock()
		r.node.ServeHTTP(w, request)
	}))
	t.Cleanup(func() {
		r.Close()
		if err := r.node.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *restarter) start(t testing.TB) {
	t.Helper()
	n, err := node.Open(r.dir, r.options)
	if err != nil {
		t.Fatal(err)
	}
	r.node = n
}

func (r *restarter) restart(t testing.TB) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.node.Close(); err != nil {
		t.Error(err)
	}
	r.start(t)
}

func TestConformanceOfAWrongToken(t *testing.T) {
	address := serve(t, node.Options{Token: "s3cret", NoSync: true})
	for _, token := range []string{"", "other"} {
		_, err := open(t, definition(), address, token).Observe(t.Context(), []string{"host"})
		if want := "ask who it is: unauthorised: 401 Unauthorized: the bearer token is missing or wrong; look at the peer's credentials, and at what they may do there"; err == nil || err.Error() != want {
			t.Errorf("token %q: got %v, want %s", token, err, want)
		}
	}
}

// definition is node.cue, as a cluster has it.
func definition() schema.Provider {
	cluster := []byte("package cases\n\nimport \"github.com/gitops-reconciler/reconciler/providers/node\"\n\ncluster: node.#Cluster & {name: \"cases\"}\n")
	return load.Load(load.Input{Dir: ".", Files: map[string][]byte{"cluster.cue": cluster}}).Cluster.Provider
}

// serve runs a node until the test ends, and returns its address.
func serve(t *testing.T, o node.Options) string {
	t.Helper()
	n, err := node.Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(n)
	t.Cleanup(func() {
		server.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.URL
}

func open(t testing.TB, p schema.Provider, address, token string) *rest.Client {
	t.Helper()
	definition, err := rest.Parse(p)
	if err != nil {
		t.Fatal(err)
	}
	client, err := definition.Open(address, rest.Credentials{Token: schema.NewSecret(token, nil)}, rest.Options{Wait: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// TestAWriteForAnotherStateIsStale: between our read and our write somebody else writes.
func TestAWriteForAnotherStateIsStale(t *testing.T) {
	address := serve(t, node.Options{NoSync: true})
	p := definition()
	ours, theirs := open(t, p, address, ""), open(t, p, address, "")
	key := schema.Key{Kind: "folder", ID: "a"}
	write := func(client *rest.Client, action plan.Action, path string, observed schema.Body) error {
		return client.Write(t.Context(), plan.Change{Key: key, Action: action, Body: schema.Body{"path": path}}, observed)
	}
	if err := write(ours, plan.Create, "/a", nil); err != nil {
		t.Fatal(err)
	}
	for _, action := range []plan.Action{plan.Update, plan.Delete} {
		observed, err := ours.Read(t.Context(), key)
		if err == nil {
			err = write(theirs, plan.Update, "/theirs/"+string(action), nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := write(ours, action, "/ours", observed); schema.CauseOf(err) != schema.Stale {
			t.Errorf("%s: got %v, want it to be stale", action, err)
		}
		if observed, err = ours.Read(t.Context(), key); err == nil {
			err = write(ours, action, "/ours", observed)
		}
		if err != nil {
			t.Errorf("%s of what was just read: %v", action, err)
		}
	}
	if left, err := ours.Read(t.Context(), key); left != nil || err != nil {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestHealthOfANode: whoever may reach it may ask whether it lives; what it holds is another matter.
func TestHealthOfANode(t *testing.T) {
	address := serve(t, node.Options{NoSync: true, Token: "s3cret"})
	p := definition()
	for _, test := range []struct {
		token string
		deep  bool
		cause schema.Cause
	}{{"", false, ""}, {"", true, schema.Unauthorised}, {"s3cret", true, ""}} {
		if err := open(t, p, address, test.token).Health(t.Context(), test.deep); schema.CauseOf(err) != test.cause {
			t.Errorf("token %q, deep %t: %v, want %q", test.token, test.deep, err, test.cause)
		}
	}
}

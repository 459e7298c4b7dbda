package reconcile

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/gitops-reconciler/reconciler/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tester is a test, or one try of a property.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// world is a cluster, its servers and what is remembered of them.
type world struct {
	t       tester
	cluster *schema.Cluster
	servers map[string]*server
	store   *memory
	secrets map[string]string // by reference
	run     *Reconciler
	guarded bool // false: everything may go from a server
}

// newWorld has as many servers as serials, which share folders, hosts and jobs; hosts refer to folders, and
// jobs to hosts. The protocol of a host cannot be changed, and no two have the same port.
func newWorld(t tester, serials ...string) *world {
	kinds := map[string]schema.Kind{
		"folder": {Class: "folders"},
		"host": {
			Class: "hosts", After: []string{"folder"}, Refs: map[string]string{"/inbox": "folder"},
			Secrets: []string{"/password"}, Sets: map[string]string{"/tags": ""}, Immutable: []string{"/protocol"}, Unique: []string{"/port"},
		},
		"job": {Class: "jobs", Refs: map[string]string{"/hosts/*": "host"}},
	}
	w := &world{t: t, servers: map[string]*server{}, store: newMemory(), secrets: map[string]string{"env:A": "canary A", "env:B": "canary B"}}
	w.cluster = &schema.Cluster{Name: "mft", Provider: schema.Provider{Kinds: kinds, Classes: map[string]schema.Class{"folders": {}, "hosts": {}, "jobs": {}}}, Peers: map[string]schema.Peer{}}
	for _, serial := range serials {
		w.cluster.Peers[serial] = schema.Peer{Alias: "alias-" + serial, Share: map[string]schema.Sharing{"folders": schema.WithAll, "hosts": schema.WithAll, "jobs": schema.WithAll}}
		w.servers[serial] = newServer(kinds)
	}
	w.restart()
	return w
}

// restart begins with a fresh process: only the servers and the store are as they were.
func (w *world) restart() {
	w.run = &Reconciler{
		Open: func(serial string, _ schema.Peer) (Provider, error) { return w.servers[serial], nil },
		Secrets: func(reference string) (string, error) {
			if value, ok := w.secrets[reference]; ok {
				return value, nil
			}
			return "", fmt.Errorf("no secret %s", reference)
		},
		Key:   []byte("key"),
		Clock: func() time.Time { return time.Unix(0, 0) },
	}
}

// git makes the items what is desired: lines of KIND/ID and a body's fields.
func (w *world) git(lines ...string) {
	w.cluster.Items = schema.Items{"folder": {}, "host": {}, "job": {}}
	for _, line := range lines {
		key, body := w.item(line)
		w.cluster.Items[key.Kind][key.ID] = body
	}
}

func (w *world) item(line string) (schema.Key, schema.Body) {
	w.t.Helper()
	name, text, _ := strings.Cut(line, " ")
	kind, id, _ := strings.Cut(name, "/")
	value, err := schema.DecodeValue([]byte("{" + text + "}"))
	if err != nil {
		w.t.Fatalf("%s: %v", line, err)
	}
	return schema.Key{Kind: kind, ID: id}, value.(map[string]any)
}

// there changes a server behind our back.
func (w *world) there(serial string, lines ...string) {
	w.t.Helper()
	for _, line := range lines {
		w.servers[serial].put(w.item(line))
	}
}

func (w *world) plan(takeOver ...string) *Round {
	w.t.Helper()
	return w.planWith(PlanOptions{TakeOver: takeOver})
}

func (w *world) planWith(o PlanOptions) *Round {
	w.t.Helper()
	if !w.guarded {
		o.Overrides.AllowEmpty = w.cluster.Serials()
	}
	round, err := w.run.Plan(context.Background(), w.target(), w.store, o)
	w.ok(err)
	return round
}

// replace applies with consent to make items anew.
func (w *world) replace(globs ...string) Report {
	w.t.Helper()
	report, err := w.applyRound(context.Background(), w.planWith(PlanOptions{Replace: globs}))
	w.ok(err)
	return report
}

func (w *world) target() Target { return Target{Cluster: w.cluster, Revision: "r1"} }

// apply plans and applies, and checks what every report must have.
func (w *world) apply(takeOver ...string) Report {
	w.t.Helper()
	report, err := w.applyRound(context.Background(), w.plan(takeOver...))
	w.ok(err)
	return report
}

func (w *world) applyRound(ctx context.Context, round *Round) (Report, error) {
	w.t.Helper()
	report, err := w.run.Apply(ctx, round, w.store)
	var planned, reported []string
	for i, peer := range round.Plan.Peers {
		planned = append(planned, peer.Serial)
		reported = append(reported, report.Peers[i].Serial)
		for _, change := range peer.Changes {
			planned = append(planned, change.String())
		}
		for _, result := range report.Peers[i].Results {
			reported = append(reported, result.Change.String())
		}
	}
	if d := cmp.Diff(planned, reported); d != "" {
		w.t.Fatalf("the report is not complete: -planned +reported:\n%s", d)
	}
	return report, err
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// want compares a report with lines: of each peer its serial and problem, of each result what became of it.
// settled wants that nothing is left to do, that every server has what is desired, secrets included, and
// that nothing happened which must never happen.
// unheld wants a plan that needs no consent.

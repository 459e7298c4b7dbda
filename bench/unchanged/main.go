//go:build linux

// Command unchanged measures what it costs to find that nothing changed on many nodes: a plan that asks
// each for its digest, beside one that reads and compares all items, in one run on the same embedded
// nodes. The nodes are in this process too, and their time and memory are in the figures.
//
//	go run ./bench/unchanged -nodes 100 -items 1000
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gitops-reconciler/reconciler/providers/node"
	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

func main() {
	nodes := flag.Int("nodes", 100, "nodes")
	items := flag.Int("items", 1000, "items on each")
	flag.Parse()
	if err := measure(context.Background(), *nodes, *items); err != nil {
		fmt.Fprintln(os.Stderr, "unchanged:", err)
		os.Exit(1)
	}
}

// farm is the nodes, behind one listener each.
type farm struct {
	servers  []*httptest.Server
	nodes    []*node.Node
	requests atomic.Int64
}

func (f *farm) start(dir string, count int) error {
	for i := range count {
		n, err := node.Open(filepath.Join(dir, fmt.Sprint(i)), node.Options{NoSync: true, Version: "1"})
		if err != nil {
			return err
		}
		f.nodes = append(f.nodes, n)
		f.servers = append(f.servers, httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f.requests.Add(1)
			n.ServeHTTP(w, r)
		})))
	}
	return nil
}

func (f *farm) stop() (err error) {
	for i, server := range f.servers {
		server.Close()
		err = errors.Join(err, f.nodes[i].Close())
	}
	return err
}

// cluster has all items at cluster scope, of seven fields each.
func (f *farm) cluster(items int) (*schema.Cluster, error) {
	var b strings.Builder
	b.WriteString("package bench\n\nimport \"github.com/gitops-reconciler/reconciler/providers/node\"\n\ncluster: node.#Cluster & {\n\tname: \"bench\"\n")
	for i, server := range f.servers {
		fmt.Fprintf(&b, "\tpeers: \"%d\": address: %q\n", 1001+i, server.URL)
	}
	b.WriteString("\titems: folder: inbox: path: \"/srv/inbox\"\n")
	for i := range items {
		fmt.Fprintf(&b, "\titems: host: \"host%05d\": {address: \"as2.partner%d.example\", protocol: \"as2\", user: \"acme\", inbox: \"inbox\", enabled: true, tags: [\"gold\", \"edi\"]}\n", i, i)
	}
	b.WriteString("}\n")
	result := load.Load(load.Input{Dir: ".", Files: map[string][]byte{"cluster.cue": []byte(b.String())}})
	if len(result.Problems) > 0 {
		return nil, fmt.Errorf("the cluster is invalid: %v", result.Problems[0])
	}
	return result.Cluster, nil
}

func measure(ctx context.Context, count, items int) (err error) {
	dir, err := os.MkdirTemp("", "bench-unchanged-")
	if err != nil {
		return err
	}
	f := &farm{}
	defer func() { err = errors.Join(err, f.stop(), os.RemoveAll(dir)) }()
	if err := f.start(filepath.Join(dir, "nodes"), count); err != nil {
		return err
	}
	cluster, err := f.cluster(items)
	if err != nil {
		return err
	}
	s, err := store.Open(filepath.Join(dir, "state"), store.Holder{}, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	definition, err := rest.Parse(cluster.Provider)
	if err != nil {
		return err
	}
	r := &reconcile.Reconciler{Key: s.Key(), Clock: time.Now, Open: func(_ string, peer schema.Peer) (reconcile.Provider, error) {
		return definition.Open(peer.Address, rest.Credentials{}, rest.Options{})
	}}
	b := bench{r, reconcile.Target{Cluster: cluster, Revision: "r1"}, s, f}
	for range 2 { // the second finds all in sync, and remembers it
		if err := b.apply(ctx); err != nil {
			return err
		}
	}
	for range 3 {
		if err := errors.Join(b.plan(ctx, "reading all", forgetful{s}), b.plan(ctx, "unchanged", s)); err != nil {
			return err
		}
	}
	return nil
}

type bench struct {
	*reconcile.Reconciler
	target reconcile.Target
	store  *store.Store
	farm   *farm
}

func (b bench) apply(ctx context.Context) error {
	round, err := b.Plan(ctx, b.target, b.store, reconcile.PlanOptions{})
	if err != nil {
		return err
	}
	_, err = b.Apply(ctx, round, b.store)
	return err
}

// plan is only worth its time if there is nothing to do.
func (b bench) plan(ctx context.Context, name string, memory reconcile.Memory) error {
	runtime.GC()
	b.farm.requests.Store(0)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began, start := time.Now(), spent()
	round, err := b.Plan(ctx, b.target, memory, reconcile.PlanOptions{})
	if err != nil {
		return err
	}
	took, cpu := time.Since(began), spent()-start
	if n := round.Plan.Summary(); n.Changes() > 0 || n.Unreadable > 0 {
		return fmt.Errorf("%s: there is something to do: %+v", name, n)
	}
	runtime.ReadMemStats(&after)
	fmt.Printf("%-12s cpu %6.0f ms  %5d requests  allocated %4d MB  heap %4d MB  wall %6.0f ms\n", name, milliseconds(cpu),
		b.farm.requests.Load(), (after.TotalAlloc-before.TotalAlloc)>>20, after.HeapAlloc>>20, milliseconds(took))
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// spent is the processor time of this process so far, user and system.
func spent() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// forgetful forgets as what peers are settled.
type forgetful struct{ *store.Store }

func (forgetful) Settled(string, string) (string, plan.Settled, error) {
	return "", plan.Settled{}, nil
}

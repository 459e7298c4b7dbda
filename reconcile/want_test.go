package reconcile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/schema"
)

func (w *world) want(r Report, lines ...string) {
	w.t.Helper()
	if d := cmp.Diff(lines, describe(r)); d != "" {
		w.t.Fatalf("-want +got:\n%s", d)
	}
}

func describe(r Report) []string {
	var lines []string
	for _, peer := range r.Peers {
		if peer.Problem != "" {
			lines = append(lines, peer.Serial+" ! "+peer.Problem)
		}
		for _, result := range peer.Results {
			line := fmt.Sprintf("%s %s %s: %s", peer.Serial, result.Change.Action.Symbol(), result.Change.Key, result.Status)
			if result.Error != "" {
				line += ": " + result.Error
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func (w *world) same(want, got any) {
	w.t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		w.t.Fatalf("-want +got:\n%s", d)
	}
}

func (w *world) settled() {
	w.t.Helper()
	for _, peer := range w.plan().Plan.Peers {
		if len(peer.Changes)+len(peer.Records)+len(peer.Forget)+len(peer.Problems) > 0 {
			w.t.Fatalf("not settled: %s %v, records %v, forget %v, %v", peer.Serial, peer.Changes, peer.Records, peer.Forget, peer.Problems)
		}
	}
	for serial, server := range w.servers {
		for _, line := range server.sins {
			w.t.Errorf("%s: %s", serial, line)
		}
		for kind, bodies := range w.cluster.Desired(serial) {
			for id, body := range bodies {
				w.secret(server.items[schema.Key{Kind: kind, ID: id}], body)
			}
		}
	}
}

func (w *world) secret(there, desired schema.Body) {
	w.t.Helper()
	reference, has := desired["password"].(string)
	if secret, _ := there["password"].(schema.Secret); has && secret.Reveal() != w.secrets[reference] {
		w.t.Fatalf("%v has another secret than %s", there, reference)
	}
}

func (w *world) unheld(round *Round) {
	w.t.Helper()
	if s := round.Plan.Summary(); s.Held > 0 {
		w.t.Fatalf("held: %v", round.Plan.Peers)
	}
}

func many(format string, n int) []string {
	var lines []string
	for i := range n {
		lines = append(lines, fmt.Sprintf(format, i))
	}
	return lines
}

func always(cause schema.Cause, ops ...string) func(string, schema.Key) (error, bool) {
	return func(op string, _ schema.Key) (error, bool) {
		if slices.Contains(ops, op) {
			return failure(op, cause, errors.New("as told")), false
		}
		return nil, false
	}
}

package load

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// TestSeedsAreEnforced breaks requirements of the products that a rule for all products takes over: it holds
// only where the product says so in its classes and kinds. Each is kept by the product's example.
func TestSeedsAreEnforced(t *testing.T) {
	const pair = `peers: {p1: address: "p1", p2: address: "p2"}`
	const channels = `items: channel: {for c in ["A", "B"] {(c): {inlet: "i", route: "r", outlet: "o"}}}`
	for _, c := range []struct{ seed, product, rule, lines string }{
		{"CLEO-33", "cleo", "share-single", pair + `, items: route: r: {from: "a", to: "b"}, authority: routes: "git"`},
		{"CLEO-34", "cleo", "share-needs", `peers: p1: {address: "p1", share: certificates: false}`},
		{"CLEO-35", "cleo", "share-needs", `peers: p1: {address: "p1", share: keys: false}`},
		{"CLEO-36", "cleo", "share-needs", `peers: p1: {address: "p1", share: {hosts: false, tradingPartners: false}}`},
		{"CLEO-37", "cleo", "share-backup", `peers: {p1: address: "p1", b1: {address: "b1", backup: true, share: all: false}}, groups: {}`},
		{"CLEO-38", "cleo", "share-needs", `peers: p1: {address: "p1", share: {hosts: false, schedule: false}}`},
		{"MSS-12", "mss", "item-uniform", pair + `, roles: master: candidates: ["p1"], peers: p2: items: replication: r: passphrase: "env:P"`},
		{"MSS-47", "mss", "peer-address-reachable", pair + `, roles: master: candidates: ["p1"], peers: p3: address: "127.0.0.1:8443"`},
		{"EKT-11", "ektron", "item-uniform", `peers: p1: {address: "p1", labels: install: "full", group: "staging", items: database: d: connection: "env:D"}`},
		{"EKT-17", "ektron", "item-uniform", `peers: p1: {address: "p1", labels: install: "full", group: "staging", items: site: s: {loadBalanced: true, precompiled: true}}`},
		{"IPL-19", "iplanet", "role-candidates", `peers: p1: {address: "p1", electable: false}`},
		{"IPL-28", "iplanet", "role-candidate-electable", `peers: {p1: {address: "p1", priority: 0}, p2: {address: "p2", electable: false}}, roles: sync: candidates: ["p1", "p2"]`},
		{"IPL-40", "iplanet", "schema", `peers: p1: {address: "p1", priority: -1}`},
		{"IWAY-12", "iway", "role-runs-once", pair + `, health: listen: ":1", ` + channels + `, roles: {a: {candidates: ["p1", "p2"], runs: channel: "all"}, b: {candidates: ["p2"], runs: channel: ["A"]}}`},
		{"IWAY-13", "iway", "health-listen", pair},
	} {
		t.Run(c.seed, func(t *testing.T) {
			t.Parallel()
			text := fmt.Sprintf("package c\n\nimport \"github.com/gitops-reconciler/reconciler/providers/%[1]s\"\n\ncluster: %[1]s.#Cluster & {name: \"c\", %[2]s}\n", c.product, c.lines)
			problems := Load(one(text)).Problems
			if len(problems) == 0 {
				t.Error("nothing is wrong with it")
			}
			for _, problem := range problems {
				if problem.Rule != c.rule {
					t.Error(problem)
				}
			}
			rule := Rules()[slices.IndexFunc(Rules(), func(r schema.Rule) bool { return r.ID == c.rule })]
			if !slices.Contains(rule.Seed, c.seed) {
				t.Errorf("%s takes over %s", rule.ID, strings.Join(rule.Seed, ", "))
			}
		})
	}
}

package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/rules"
)

// TestCUEAndGoAgree draws clusters of a few words that often break rules, and nothing but rules. Of the rules
// that both say, CUE and Go must find the same ones broken.
func TestCUEAndGoAgree(t *testing.T) {
	both := map[string]bool{}
	for _, rule := range Rules() {
		both[rule.ID] = rule.Said == schema.InBoth
	}
	found := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		text := drawCluster(t)
		p, problems := buildPackage(one(text))
		if problems != nil {
			t.Fatalf("%v:\n%s", problems, text)
		}
		inCUE := brokenInCUE(t, p, text)
		c, _ := p.decode() // what keeps it from being whole is what CUE said
		if c == nil {
			t.Fatalf("no cluster:\n%s", text)
		}
		inGo := map[string]bool{}
		for _, problem := range rules.Check(c) {
			if both[problem.Rule] {
				inGo[problem.Rule] = true
				found[problem.Rule]++
			}
		}
		if !maps.Equal(inCUE, inGo) {
			t.Fatalf("CUE: %v\nGo:  %v\n%s", sorted(inCUE), sorted(inGo), text)
		}
	})
	if len(found) < 20 {
		t.Errorf("few rules were ever broken: %v", found)
	}
}

func brokenInCUE(t *rapid.T, p pkg, text string) map[string]bool {
	broken := map[string]bool{}
	for _, e := range p.validate() {
		path := unquote(e.Path())
		i := slices.Index(path, "_rule")
		if i < 0 || i+1 >= len(path) {
			t.Fatalf("not a rule: %v:\n%s", e, text)
		}
		broken[path[i+1]] = true
	}
	return broken
}

func sorted(ids map[string]bool) []string { return slices.Sorted(maps.Keys(ids)) }

// some draws one of the values, most often none.
func some(t *rapid.T, field string, values ...string) string {
	i := rapid.IntRange(-2*len(values), len(values)-1).Draw(t, field)
	if i < 0 {
		return ""
	}
	return field + ": " + values[i] + "\n"
}

// drawCluster is the text of a cluster of a product much like that of the examples in schema/rules.
func drawCluster(t *rapid.T) string {
	var b strings.Builder
	b.WriteString(drawnProduct)
	for _, serial := range []string{"1", "2", "a", "A"} {
		if serial == "1" || rapid.IntRange(0, 3).Draw(t, "peer") > 0 { // CUE says less of the bare definition
			fmt.Fprintf(&b, "cluster: peers: %q: {\n%s}\n", serial, drawPeer(t))
		}
	}
	for _, group := range []string{"east", "west"} {
		if rapid.IntRange(0, 3).Draw(t, "group") > 0 {
			fmt.Fprintf(&b, "cluster: groups: %s: {\n%s}\n", group, some(t, "items", drawnChanges()...)+some(t, "leave", drawnLeaves()...))
		}
	}
	for _, role := range []string{"r", "s"} {
		if rapid.Bool().Draw(t, "role") {
			fmt.Fprintf(&b, "cluster: roles: %s: {\n%s}\n", role, drawRole(t))
		}
	}
	for _, line := range []string{
		some(t, "items", `setting: x: {}`, `database: x: {}`, `{user: u: {}, route: r: {}}`),
		some(t, "leave", drawnLeaves()...),
		some(t, "transport", `"http"`, `"https"`),
		some(t, "authority", `all: "r"`, `routes: "any"`, `{all: "r", hosts: "s"}`),
		some(t, "guards", `protect: folder: "all"`, `protect: user: ["*"]`),
		some(t, "windows", `night: {opens: "0 0 * * *", lasts: "0s"}`, `night: {opens: "0 0 * * *", lasts: "1h"}`),
		some(t, "hooks", `h: {on: ["fence"], url: "env:URL", peers: ["2"]}`, `h: on: ["dead"]`, `h: {on: ["dead"], url: "env:URL", timeout: "0s", roles: ["s"]}`),
		some(t, "notify", `n: {on: ["dead"], to: ["env:URL"], roles: ["r", "s"]}`, `n: {on: ["dead"], to: ["env:URL"], peers: ["1"]}`),
		some(t, "health", `heartbeat: "1s"`, `{heartbeat: "1m", listen: ":1"}`, `dead: "5s"`, `lease: "5s"`, `timeout: "6s"`, `deep: "0s"`, `{probe: "1h", timeout: "0s"}`),
	} {
		if line != "" {
			b.WriteString("cluster: " + line)
		}
	}
	return b.String()
}

const drawnProduct = `package mft

import "github.com/gitops-reconciler/reconciler/schema"

cluster: schema.#Cluster & {
	name: "mft"
	#provider: {
		name: "product"
		classes: other: needs: ["options"]
		kinds: {
			cert: class:     "certificates"
			user: class:     "hosts"
			job: {class: "schedule", lever: {active: {}, standby: "absent"}}
			route: class:    "routes"
			setting: {class: "options", uniform: true}
			database: {class: "options", uniform: "group"}
		}
		kinds: [_]: #body: {...}
	}
}
`

// drawnChanges are items that groups and peers declare.
func drawnChanges() []string {
	return []string{`folder: x: {}`, `setting: x: {}`, `database: x: {}`, `route: r: {}`, `{job: {}, folder: {}}`}
}

func drawnLeaves() []string { return []string{`folder: "all"`, `setting: "all"`, `database: ["y"]`} }

func drawPeer(t *rapid.T) string {
	return "address: " + rapid.SampledFrom([]string{`"n1"`, `"n2"`, `"n3"`, `"https://n4"`, `"http://n5"`, `"localhost"`, `"n6"`}).Draw(t, "address") + "\n" +
		some(t, "securePort", "8443") +
		some(t, "group", `"east"`, `"west"`, `"east"`) +
		some(t, "alias", `"x"`, `"y"`) +
		some(t, "backup", "true") +
		some(t, "licence", `"backup-only"`) +
		some(t, "electable", "false", "false") +
		some(t, "priority", "0") +
		some(t, "share", `all: false`, `hosts: false`, `{routes: "group", certificates: "group"}`, `options: "group"`, `options: false`, `certificates: false`) +
		some(t, "items", drawnChanges()...) +
		some(t, "leave", drawnLeaves()...)
}

func drawRole(t *rapid.T) string {
	return some(t, "candidates", `["1"]`, `["2", "a"]`, `["1", "A"]`) +
		some(t, "group", `"east"`, `"west"`) +
		some(t, "with", `"r"`, `"s"`, `"t"`) +
		some(t, "holders", "2", `"all"`) +
		some(t, "seats", `["x"]`, `["x", "y"]`) +
		some(t, "failback", "true") +
		some(t, "first", `"arrival"`) +
		some(t, "fence", `"h"`, `"i"`) +
		some(t, "spread", "true") +
		some(t, "runs", `job: "all"`, `user: []`, `{}`)
}

package load

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

const threePeers = `package mft
import "github.com/gitops-reconciler/reconciler/providers/node"
cluster: node.#Cluster & {
	name: "mft"
	peers: {
		"1001": {address: "10.0.0.1", group: "west"}
		"1002": address: "http://n1002.test:8080/api"
		"1003": address: "[2001:DB8::3]:8080"
	}
	groups: west: _
	roles: {ingest: holders: 2, other: _}
}
`

// around are the files of a cluster of three peers, and more of it.
func around(more string) Input {
	return Input{Dir: ".", Files: map[string][]byte{"cluster.cue": []byte(threePeers), "more.cue": []byte("package mft\n" + more)}}
}

// addressOf is what an item's address is, or the first problem.
func addressOf(in Input, items func(*schema.Cluster) schema.Items) string {
	result := Load(in)
	if result.Cluster == nil {
		return result.Problems[0].String()
	}
	return fmt.Sprint(items(result.Cluster)["host"]["globex"]["address"])
}

func atCluster(c *schema.Cluster) schema.Items { return c.Items }

func TestActiveIsRead(t *testing.T) {
	t.Parallel()
	two := Active{"ingest": {{Holder: "1002", Epoch: 7, Since: "2026-01-31T12:00:00Z"}, {Holder: "1003", Epoch: 9}}}
	for _, c := range []struct {
		expr          string
		active        Active
		before, after string
	}{
		{`*cluster.active.ingest.host | "none"`, two, "none", "n1002.test"},
		{`*cluster.active.ingest.address | "none"`, two, "none", "http://n1002.test:8080/api"},
		{`*cluster.active["ingest"].holder | "none"`, two, "none", "1002"},
		{`*cluster.active.ingest.places[1].host | "none"`, two, "none", "2001:db8::3"},
		{`*"e\(cluster.active.ingest.places[1].epoch)" | "none"`, two, "none", "e9"},
		{`*cluster.active.ingest.places[0].since | "none"`, two, "none", "2026-01-31T12:00:00Z"},
		{`*cluster.active.ingest.host | "none"`, Active{"ingest": {{Holder: "1009", Epoch: 7}}}, "none", "none"},
		{`*cluster.active.ingest.holder | "none"`, Active{"ingest": {{Holder: "1009", Epoch: 7}}}, "none", "1009"},
		{`*cluster.active.ingest.holder | "none"`, Active{"gone": {{Holder: "1001", Epoch: 7}}}, "none", "none"},
		{`*cluster.active.ingest.holder | "none"`, Active{"ingest": {}}, "none", "none"},
		{`*cluster.active["go" + "ne"].holder | "none"`, Active{"gone": {{Holder: "1001", Epoch: 7}}, "ingest": two["ingest"]}, "none", "none"},
		{`[if cluster.active.ingest != _|_ {"some"}, "none"][0]`, two, "none", "some"},
	} {
		in := around("cluster: items: host: globex: {address: " + c.expr + `, protocol: "as2"}`)
		before := addressOf(in, atCluster)
		in.Active = c.active
		if after := addressOf(in, atCluster); before != c.before || after != c.after {
			t.Errorf("%s: it is %s, then %s; want %s, then %s", c.expr, before, after, c.before, c.after)
		}
	}
}

// TestActiveIsReadAtAllScopes: peers and groups have items too.
func TestActiveIsReadAtAllScopes(t *testing.T) {
	t.Parallel()
	for scope, items := range map[string]func(*schema.Cluster) schema.Items{
		`peers: "1001":`: func(c *schema.Cluster) schema.Items { return c.Peers["1001"].Items },
		`groups: west:`:  func(c *schema.Cluster) schema.Items { return c.Groups["west"].Items },
	} {
		in := around("cluster: " + scope + ` items: host: globex: {address: *cluster.active.ingest.host | "none", protocol: "as2"}`)
		before := addressOf(in, items)
		in.Active = Active{"ingest": {{Holder: "1001", Epoch: 1}}}
		if after := addressOf(in, items); before != "none" || after != "10.0.0.1" {
			t.Errorf("%s it is %s, then %s", scope, before, after)
		}
	}
}

// TestFollow: which items follow is known before anybody holds anything, at all scopes, also of literal items apart.
func TestFollow(t *testing.T) {
	t.Parallel()
	in := around(`cluster: {
	peers: "1001": items: host: b: address: *cluster.active.ingest.host | "x"
	items: host: a: {address: *cluster.active.other.holder | "x", protocol: "as2"}
}`)
	in.Files["items.cue"] = []byte("package mft\ncluster: items: host: b: {address: \"x\", protocol: \"as2\"}\n")
	want := []schema.Key{{Kind: "host", ID: "a"}, {Kind: "host", ID: "b"}}
	if got := Load(in); !slices.Equal(got.Follow, want) {
		t.Errorf("%v follow, want %v: %s", got.Follow, want, say(got))
	}
	in.Active = Active{"other": {{Holder: "1002", Epoch: 1}}}
	if got := Load(in); !slices.Equal(got.Follow, want[:1]) || got.Cluster.Items["host"]["a"]["address"] != "1002" {
		t.Errorf("%v follow, want the one that differs: %s", got.Follow, say(got))
	}
}

// TestFollows wants every way to refer to who holds what to be seen, and no other use of the word.
func TestFollows(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`x: cluster.active.r.host`:              true,
		`x: cluster["active"].r.host`:           true,
		`x: cluster."active".r.host`:            true,
		`x: "a \(cluster.active.r.host) b"`:     true,
		`cluster: {active: _, note: active.r}`:  true,
		`let a = cluster.active`:                true,
		`x: [if cluster.active != _|_ {1}]`:     true,
		`not CUE, active`:                       true,
		`x: "active"`:                           false,
		`x: {active: true}`:                     false,
		`// active` + "\n" + `x: cluster.peers`: false,
		`x: inactive`:                           false,
	} {
		in := around(text)
		if got := in.refers(); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}

// TestFollowsWhereItIsReached: only the files that the cluster is made of count.
func TestFollowsWhereItIsReached(t *testing.T) {
	t.Parallel()
	const refers = "package mft\nx: cluster.active\n"
	for name, want := range map[string]bool{
		"clusters/mft/a.cue": true, "clusters/a.cue": true, "a.cue": true, "lib/names/a.cue": true, "lib/more/a.cue": true,
		"clusters/other/a.cue": false, "clusters/mft/below/a.cue": false, "cue.mod/pkg/" + modulePath + "/schema/x.cue": false,
	} {
		in := Input{Dir: "clusters/mft", Files: map[string][]byte{
			"cue.mod/module.cue":       []byte(`module: "example.org/infra@v0"`),
			"clusters/mft/cluster.cue": []byte("package mft\nimport \"example.org/infra/lib/names\"\nx: names.x\n"),
			"lib/names/names.cue":      []byte("package names\nimport m \"example.org/infra/lib/more:more\"\nx: m.x\n"),
			"lib/more/more.cue":        []byte("package more\nx: 1\n"),
		}}
		in.Files[name] = []byte(refers)
		if got := in.refers(); got != want {
			t.Errorf("%s refers: %t", name, got)
		}
	}
}

// TestOtherFoldersAreNotParsed has a file of another cluster that no parser survives: it is no affair of this one.
func TestOtherFoldersAreNotParsed(t *testing.T) {
	t.Parallel()
	in := around("")
	in.Files["other/deep.cue"] = append([]byte("package other\na: b.active\n"), append(bytes.Repeat([]byte("x: "), 3_000_000), '1')...)
	if in.refers() {
		t.Error("another cluster refers to who holds what")
	}
}

func drawActive(t *rapid.T) Active {
	held := rapid.Custom(func(t *rapid.T) Held {
		return Held{Holder: rapid.SampledFrom([]string{"1001", "1002", "1003", "1009"}).Draw(t, "holder"), Epoch: rapid.Uint64Min(1).Draw(t, "epoch")}
	})
	return rapid.MapOf(rapid.SampledFrom([]string{"ingest", "other", "gone"}), rapid.SliceOfN(held, 0, 3)).Draw(t, "active")
}

// TestWhoDoesNotAskIsNotTold: a configuration that does not refer to who holds what is the same whoever does.
func TestWhoDoesNotAskIsNotTold(t *testing.T) {
	t.Parallel()
	plain := []Input{around(`cluster: items: host: active: {address: "active", protocol: "as2"} // active`), around(`cluster: x: 1`)}
	before := []string{whole(Load(plain[0])), whole(Load(plain[1]))}
	for seed := range 3 {
		for i, in := range plain {
			in.Active = rapid.Custom(drawActive).Example(seed + 1)
			if got := whole(Load(in)); got != before[i] {
				t.Errorf("with %v: %s, want %s", in.Active, got, before[i])
			}
		}
	}
}

// TestOnlyBodiesDiffer: whoever holds what, a configuration that refers to it has the same peers, groups, roles and ids.
func TestOnlyBodiesDiffer(t *testing.T) {
	t.Parallel()
	in := around(`cluster: items: host: globex: {address: *cluster.active.ingest.host | "x", protocol: "as2"}`)
	before := Load(in).Cluster
	keys := map[string]bool{in.key(): true}
	for seed := range 6 {
		in.Active = rapid.Custom(drawActive).Example(seed + 1)
		keys[in.key()] = true
		if got := Load(in).Cluster; got != nil && !reflect.DeepEqual(bodiless(got), bodiless(before)) {
			t.Errorf("with %v more than bodies differ", in.Active)
		}
	}
	if len(keys) < 4 {
		t.Errorf("%d entries in the cache: one state would be taken for another", len(keys))
	}
}

// TestDependent finds each part of a cluster that differs, and nothing else.
func TestDependent(t *testing.T) {
	t.Parallel()
	in := around(`cluster: items: host: globex: {address: "x", protocol: "as2"}`)
	for what, change := range map[string]func(*schema.Cluster){
		"":                              func(c *schema.Cluster) { c.Items["host"]["globex"]["address"] = "y" },
		"cluster.name":                  func(c *schema.Cluster) { c.Name = "other" },
		`cluster.peers."1001".alias`:    func(c *schema.Cluster) { p := c.Peers["1001"]; p.Alias = "a"; c.Peers["1001"] = p },
		`cluster.peers."1002"`:          func(c *schema.Cluster) { delete(c.Peers, "1002") },
		"cluster.roles.ingest.failback": func(c *schema.Cluster) { r := c.Roles["ingest"]; r.Failback = !r.Failback; c.Roles["ingest"] = r },
		"cluster.items.host.globex":     func(c *schema.Cluster) { c.Items["host"]["globex"] = nil },
		"cluster.items.host.initech":    func(c *schema.Cluster) { c.Items["host"]["initech"] = schema.Body{} },
		"cluster.groups.west.note":      func(c *schema.Cluster) { c.Groups["west"] = schema.Group{Note: "n"} },
	} {
		a, b := Load(in).Cluster, Load(in).Cluster
		change(b)
		got := ""
		for _, problem := range in.dependent(a, b) {
			got += schema.JoinPath(problem.Path)
			if problem.At.File == "" || problem.Rule != "active-items-only" {
				t.Errorf("%s is nowhere, or no breach: %s", what, problem)
			}
		}
		if got != what {
			t.Errorf("it finds %q, want %q", got, what)
		}
	}
}

// TestActiveGoesToTheChild: the process that evaluates is told too.
func TestActiveGoesToTheChild(t *testing.T) {
	t.Parallel()
	in := around(`cluster: items: host: globex: {address: *cluster.active.ingest.host | "x", protocol: "as2"}`)
	in.Active = Active{"ingest": {{Holder: "1001", Epoch: 1}}}
	result, err := child(t, "serve-evaluation", Limits{}).Load(t.Context(), in)
	if err != nil || whole(result) != whole(Load(in)) || result.Cluster.Items["host"]["globex"]["address"] != "10.0.0.1" {
		t.Errorf("%v, %s", err, say(result))
	}
}

package load

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

const heading = "package mft\nimport \"github.com/gitops-reconciler/reconciler/providers/sftpgo\"\n"

// alone are files beside which shards can be evaluated by themselves.
func alone() map[string]string {
	return map[string]string{
		"one struct":           `cluster: sftpgo.#Cluster & {name: "mft", peers: "1001": address: "n1"}`,
		"the struct first":     `cluster: {name: "mft", peers: "1001": address: "n1"} & sftpgo.#Cluster`,
		"parts":                "cluster: sftpgo.#Cluster\ncluster: name: \"mft\"\ncluster: peers: [_]: share: all: true",
		"parentheses":          `cluster: (sftpgo.#Cluster & ({name: "mft"}))`,
		"items of its own":     `cluster: sftpgo.#Cluster & {name: "mft", items: user: carol: {home_dir: _root + "/c", email: "c@example.org"}}, _root: "/srv"`,
		"computed items":       `cluster: sftpgo.#Cluster & {name: "mft", items: user: {for i in [1, 2] {"n\(i)": home_dir: "/n\(i)"}}}`,
		"a reference in items": `cluster: sftpgo.#Cluster & {name: "mft", items: {user: {carol: home_dir: "/c", zoe: home_dir: carol.home_dir}}}`,
		"optional elsewhere":   "_x: {a?: 1, b!: int}\ncluster: sftpgo.#Cluster & {name: \"mft\"}",
		"a let":                "let n = \"mft\"\ncluster: sftpgo.#Cluster & {name: n}",
		"changes of peers":     `cluster: sftpgo.#Cluster & {name: "mft", peers: "1001": {address: "n1", items: user: alice: max_sessions: 3}}`,
		"changes to the wrong": `cluster: sftpgo.#Cluster & {name: "mft", groups: east: items: user: dave: max_sessions: "many"}`,
		"a rule broken":        `cluster: sftpgo.#Cluster & {name: "mft", peers: "1001": {address: "n1", group: "west"}}`,
		"wrong elsewhere":      `cluster: sftpgo.#Cluster & {name: 7, peers: "1001": {adr: "n1"}}`,
		"a role without":       `cluster: sftpgo.#Cluster & {name: "mft", guards: protect: usr: "all", leave: user: ["alice"]}`,
	}
}

// together are files that see the items of shards, or say something of them.
func together() map[string]string {
	return map[string]string{
		"for every item":            `cluster: sftpgo.#Cluster & {name: "mft", items: user: [_]: max_sessions: 2}`,
		"for some items":            `cluster: sftpgo.#Cluster & {name: "mft"}, cluster: items: user: [=~"^a"]: max_sessions: 2`,
		"for every kind":            `cluster: sftpgo.#Cluster & {name: "mft", items: [_]: [_]: description: "x"}`,
		"in a comprehension":        `cluster: sftpgo.#Cluster & {name: "mft", items: user: {if true {[_]: max_sessions: 2}}}`,
		"by a condition around":     `cluster: sftpgo.#Cluster & {name: "mft"}, if true {cluster: items: user: [_]: max_sessions: 2}`,
		"by a condition inside":     `cluster: sftpgo.#Cluster & {name: "mft", if true {items: user: [_]: max_sessions: 2}}`,
		"by an embedding":           `cluster: sftpgo.#Cluster & {name: "mft", _all}, _all: items: user: [_]: max_sessions: 2`,
		"by a reference":            `cluster: sftpgo.#Cluster & _all & {name: "mft"}, _all: items: user: [_]: max_sessions: 2`,
		"items by a reference":      `cluster: sftpgo.#Cluster & {name: "mft", items: _all}, _all: user: [_]: max_sessions: 2`,
		"a kind by a reference":     `cluster: sftpgo.#Cluster & {name: "mft", items: user: _all}, _all: [_]: max_sessions: 2`,
		"by a pattern of fields":    `cluster: sftpgo.#Cluster & {name: "mft"}, [=~"^clu"]: items: user: [_]: max_sessions: 2`,
		"counted":                   `cluster: sftpgo.#Cluster & {name: "mft", note: "\(len(items.user)) users"}`,
		"counted outside":           `cluster: sftpgo.#Cluster & {name: "mft", note: _n}, _n: "\(len(cluster.items.user)) users"`,
		"counted by an index":       `cluster: sftpgo.#Cluster & {name: "mft", note: _n}, _n: "\(len(cluster["items"].user)) users"`,
		"counted by an alias":       `C=cluster: sftpgo.#Cluster & {name: "mft", note: "\(len(C.items.user)) users"}`,
		"counted by an inner alias": `cluster: sftpgo.#Cluster & {name: "mft", I="items": {}, note: "\(len(I.user)) users"}`,
		"copied":                    `cluster: sftpgo.#Cluster & {name: "mft", items: user: copy: items.user.alice}`,
		"another product":           `cluster: sftpgo.#Cluster & {name: "mft", #provider: kinds: user: atomic: ["/filters"]}`,
		"by an optional item":       `cluster: sftpgo.#Cluster & {name: "mft", items: user: alice?: max_sessions: 2}`,
		"by a computed one":         `cluster: sftpgo.#Cluster & {name: "mft", items: user: {if true {("al" + "ice")?: max_sessions: 2}}}`,
		"by an optional kind":       `cluster: sftpgo.#Cluster & {name: "mft", items: user?: alice: max_sessions: 2}`,
		"by a required kind":        `cluster: sftpgo.#Cluster & {name: "mft", items: user!: {}}`,
		"by an optional cluster":    `cluster: sftpgo.#Cluster & {name: "mft"}, cluster?: items: user: bob?: max_sessions: 2`,
		"counted inside":            `cluster: sftpgo.#Cluster & {name: "mft", items: {user: {}, folder: f: mapped_path: "/\(len(user))"}}`,
		"counted inside, apart":     `cluster: sftpgo.#Cluster & {name: "mft", items: {user: {}} & {user: {}, folder: f: mapped_path: "/\(len(user))"}}`,
		"quoted":                    `"cluster": sftpgo.#Cluster & {name: "mft", "items": "user": [_]: max_sessions: 2}`,
	}
}

// writtenOut are items as shards have them; the last ones are wrong.
func writtenOut(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("package mft\n")
	texts := []string{
		`alice: {home_dir: "/a", public_keys: [], max_sessions: -0}`, `bob: {home_dir: "/b", password: "env:BOB"}`,
		`"d e": {home_dir: "/d", filters: {denied_protocols: ["SSH"]}}`,
		`dave: {home_dir: "/d", max_sesions: 3}`, `erin: {email: "e@example.org"}`, `frank: {home_dir: "/f", password: "hunter2"}`,
		`grace: {home_dir: "/g/", status: 2}`, `heidi: {home_dir: null, uid: -1}`,
	}
	n := 3
	if r.IntN(2) == 0 {
		n = len(texts)
	}
	for _, i := range r.Perm(n) {
		kind := "user"
		if r.IntN(12) == 0 {
			kind = "usr"
		}
		fmt.Fprintf(&b, "cluster: items: %s: %s\n", kind, texts[i])
	}
	return b.String()
}

// TestShards: evaluated by themselves or with the rest, items come out the same, and so do problems.
func TestShards(t *testing.T) {
	for name, text := range alone() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(3) {
				in := withShard(text, writtenOut(rand.New(rand.NewPCG(3, seed))))
				names, rest := shards(in)
				got, ok := loadApart(in, names, rest)
				if !ok {
					t.Fatal("they were not evaluated by themselves")
				}
				if want := loadTogether(in); whole(got) != whole(want) {
					t.Fatalf("%s\napart:\n%s\ntogether:\n%s", in.Files["items.cue"], say(got), say(want))
				}
			}
		})
	}
}

// TestNoShards: where something sees the items, or speaks of them, they are not evaluated without it.
func TestNoShards(t *testing.T) {
	for name, text := range together() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := withShard(text, writtenOut(rand.New(rand.NewPCG(4, 4))))
			names, rest := shards(in)
			if _, ok := loadApart(in, names, rest); ok {
				t.Error("they were evaluated by themselves")
			}
			if got, want := whole(Load(in)), whole(loadTogether(in)); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func withShard(text, items string) Input {
	return Input{Files: map[string][]byte{"cluster.cue": []byte(heading + text + "\n"), "items.cue": []byte(items)}, Dir: "."}
}

// TestWhatIsAShard: a file of nothing but literal items.
func TestWhatIsAShard(t *testing.T) {
	const rest = heading + `cluster: sftpgo.#Cluster & {name: "mft", items: user: zoe: home_dir: "/z"}` + "\n"
	for text, want := range map[string]bool{
		`cluster: items: user: a: home_dir: "/a"`:                                              true,
		`cluster: {items: {user: {a: {home_dir: "/a", uid: 0x1F, x: [1.5, -2, true, null]}}}}`: true,
		`"cluster": "items": "user": "a": "home_dir": "/a"`:                                    true,
		"// with a comment\ncluster: items: user: a: home_dir: \"/a\" // and another":          true,
		`cluster: items: user: a: home_dir: """` + "\n/a\n" + `"""`:                            true,
		`cluster: items: {}`:                                   false,
		`cluster: items: user: {}`:                             false,
		`cluster: items: user: a: home_dir: "/\("a")"`:         false,
		`cluster: items: user: a: home_dir: "/" + "a"`:         false,
		`cluster: items: user: a: home_dir: string`:            false,
		`cluster: items: user: a: uid: >3`:                     false,
		`cluster: items: user: a: home_dir: "/a" | "/b"`:       false,
		`cluster: items: user: a: {home_dir: "/a", ...}`:       false,
		`cluster: items: user: a: {home_dir: "/a", [_]: 1}`:    false,
		`cluster: items: user: a: groups: [...{type: 1}]`:      false,
		`cluster: items: user: a: home_dir!: "/a"`:             false,
		`cluster: items: user: a?: home_dir: "/a"`:             false,
		`cluster: items: user: a: home_dir: "/a" @tag(x)`:      false,
		`cluster: items: user: a: {home_dir: "/a", @tag(x)}`:   false,
		`cluster: items: user: _a: home_dir: "/a"`:             false,
		`cluster: items: user: ("a"): home_dir: "/a"`:          false,
		`cluster: items: user: A="a": home_dir: "/a"`:          false,
		`cluster: items: user: a: {let x = 1, home_dir: "/a"}`: false,
		`cluster: items: user: a: "/a"`:                        false,
		`cluster: {name: "mft", items: user: a: uid: 1}`:       false,
		`x: 1`: false,
		"import \"strings\"\ncluster: items: user: a: home_dir: strings.ToLower(\"/A\")": false,
		"@if(x)\n\npackage mft\ncluster: items: user: a: home_dir: \"/a\"":               false,
		// One item in parts is unified as a whole.
		"cluster: items: user: a: home_dir: \"/a\"\ncluster: items: user: a: uid: 1": false,
		`cluster: items: user: zoe: uid: 1`:                                          false,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(text, "package") {
				text = "package mft\n" + text
			}
			in := Input{Files: map[string][]byte{"cluster.cue": []byte(rest), "a.cue": []byte(text)}, Dir: "."}
			got := false
			if names, rest := shards(in); len(names) > 0 {
				_, got = loadApart(in, names, rest)
			}
			if got != want {
				t.Errorf("got %v, want %v", got, want)
			}
			if got, want := whole(Load(in)), whole(loadTogether(in)); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

// TestFilesThatAreNoShards: CUE passes some files over, and a folder may hold more than one package.
func TestFilesThatAreNoShards(t *testing.T) {
	const items = "package mft\ncluster: items: user: a: home_dir: \"/a\"\n"
	for name, text := range map[string]string{
		"_items.cue": items, ".items.cue": items, "items_test.cue": items, "items_tool.cue": items, "items.txt": items,
		"below/items.cue": items, "other.cue": strings.Replace(items, "mft", "other", 1), "none.cue": strings.Replace(items, "package mft", "", 1),
	} {
		in := Input{Files: map[string][]byte{"cluster.cue": []byte(heading + `cluster: sftpgo.#Cluster & {name: "mft"}`), name: []byte(text)}, Dir: "."}
		if names, _ := shards(in); len(names) > 0 {
			t.Errorf("%s is taken for one", name)
		}
	}
}

// TestManyShards crosses the borders of batches.
func TestManyShards(t *testing.T) {
	t.Parallel()
	in := sized(2, 2*most+1)
	in.Files["wrong.cue"] = []byte("package mft\ncluster: items: user: {a: {home: \"/a\"}, b: home_dir: \"/b\"}\n")
	want := loadTogether(in)
	if got := Load(in); whole(got) != whole(want) || len(want.Problems) != 1 {
		t.Errorf("got %v, want %v", got.Problems, want.Problems)
	}
	delete(in.Files, "wrong.cue")
	got := Load(in)
	if got.Cluster == nil || len(got.Cluster.Items["user"]) != 2*most+1 || whole(got) != whole(loadTogether(in)) {
		t.Errorf("%d items, %v", len(got.Cluster.Items["user"]), got.Problems)
	}
	if got.Cluster.Items["user"]["u00000"]["permissions"] == nil {
		t.Error("without its defaults")
	}
}

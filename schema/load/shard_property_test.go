package load

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// besides are lines that may stand beside shards, in any combination. Some of them see items, or say something
// of them.
func besides() []string {
	return []string{
		`cluster: peers: "1001": {address: "n1", items: user: alice: max_sessions: 3}`,
		`cluster: peers: [_]: items: user: [_]: max_sessions: 4`,
		`cluster: groups: east: items: user: bob: email: "b@example.org"`,
		`cluster: roles: r: runs: user: ["alice"]`,
		`cluster: guards: protect: user: ["alice", "z*"]`,
		`cluster: note: _note, _note: "x"`,
		`cluster: note: "\(len(cluster.items.user))"`,
		`cluster: items: user: [_]: description: "y"`,
		`cluster: items: user: [=~"^b"]: description: "y"`,
		`cluster: items: user: carol?: description: "y"`,
		`cluster: items: user?: carol: description: "y"`,
		`cluster: items: user: {for n in ["frank", "carol"] {(n): home_dir: "/\(n)"}}`,
		`cluster: items: {user: {}, folder: f: mapped_path: "/\(len(user))"}`,
		`cluster: items: user: {frank: home_dir: "/f", grace: home_dir: frank.home_dir}`,
		`cluster: {items: user: frank: home_dir: _root, _root: "/r"}`,
		`cluster: {I=items: {}, note: "\(len(I.user))"}`,
		`cluster: items: _more, _more: user: [_]: gid: 3`,
		`[=~"^clu"]: items: user: [_]: gid: 3`,
		`_x: {items: user: alice: gid: 3}`,
		`cluster: nme: "mft"`,
		`cluster: items: user: erin: home: "/e"`,
	}
}

// drawBeside draws files, of which all but the first hold items and nothing else.
func drawBeside(t *rapid.T) Input {
	beside := rapid.SliceOfNDistinct(rapid.SampledFrom(besides()), 0, 3, rapid.ID[string]).Draw(t, "beside")
	lines := append([]string{`cluster: sftpgo.#Cluster & {name: "mft"}`}, beside...)
	in := Input{Files: map[string][]byte{"cluster.cue": []byte(heading + strings.Join(lines, "\n") + "\n")}, Dir: "."}
	ids := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"alice", "bob", "carol", "dave"}), 1, 4, rapid.ID[string]).Draw(t, "ids")
	for i, id := range ids {
		body := rapid.SampledFrom([]string{`home_dir: "/h"`, `{home_dir: "/h", uid: 7}`, `{}`, `{home_dir: "/h", uids: 7}`}).Draw(t, "body")
		name := fmt.Sprintf("items%d.cue", i/2)
		if in.Files[name] == nil {
			in.Files[name] = []byte("package mft\n")
		}
		in.Files[name] = fmt.Appendf(in.Files[name], "cluster: items: user: %s: %s\n", id, body)
	}
	return in
}

// TestShardsBesideAnything: whatever stands beside shards, Load gives the cluster that the whole gives, and
// leaves out none of its problems. Each evaluation takes its time, so there are a few dozen, the same each
// time.
func TestShardsBesideAnything(t *testing.T) {
	t.Parallel()
	apart := 0
	said := func(r Result) func(schema.Problem) bool {
		return func(p schema.Problem) bool {
			return slices.ContainsFunc(r.Problems, func(other schema.Problem) bool { return p.String() == other.String() })
		}
	}
	for seed := range 30 {
		in := rapid.Custom(drawBeside).Example(seed)
		got, want := Load(in), loadTogether(in)
		if whole(Result{Cluster: got.Cluster}) != whole(Result{Cluster: want.Cluster}) || !all(want.Problems, said(got)) {
			t.Fatalf("%s\ngot:\n%s\nwant:\n%s", in.Files, say(got), say(want))
		}
		names, rest := shards(in)
		if _, ok := loadApart(in, names, rest); ok {
			apart++
		}
	}
	if apart < 5 || apart > 25 {
		t.Errorf("%d of 30 have shards: they show little", apart)
	}
}

package load

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// statements are independent lines of one cluster.
func statements() []string {
	return []string{
		`cluster: sftpgo.#Cluster`,
		`cluster: name: "mft"`,
		`cluster: peers: [_]: share: hosts: true`,
		`cluster: peers: "1001": {address: "n1", group: "east"}`,
		`cluster: peers: "1002": address: "n2"`,
		`cluster: peers: "1002": items: user: alice: max_sessions: 3`,
		`cluster: groups: east: items: user: bob: {home_dir: "/b", email: "b@example.org"}`,
		`cluster: groups: east: items: folder: inbox: null`,
		`cluster: items: user: alice: home_dir: "/a"`,
		`cluster: items: user: alice: groups: [{name: "staff"}]`,
		`cluster: items: folder: inbox: mapped_path: _root + "/inbox"`,
		`_root: "/srv"`,
	}
}

// wrong are lines each of which breaks something.
func wrong() []string {
	return []string{
		`cluster: peers: "1003": {adr: "n3", group: "west"}`,
		`cluster: peers: "1004": {address: "n2", alias: 7}`,
		`cluster: items: user: carol: home: "/c"`,
		`cluster: items: usr: dave: {}`,
	}
}

// split deals lines out to a few files.
func split(r *rand.Rand, lines []string) Input {
	texts := map[string]string{}
	for _, i := range r.Perm(len(lines)) {
		texts[fmt.Sprintf("%c.cue", 'a'+r.IntN(3))] += lines[i] + "\n"
	}
	in := Input{Files: map[string][]byte{}, Dir: "."}
	for name, text := range texts {
		head := "package mft\n"
		if strings.Contains(text, "sftpgo.") {
			head += "import \"github.com/gitops-reconciler/reconciler/providers/sftpgo\"\n"
		}
		in.Files[name] = []byte(head + text)
	}
	return in
}

// TestSplitting: how lines are ordered and dealt out to files makes no difference.
func TestSplitting(t *testing.T) {
	for _, c := range []struct {
		lines   []string
		outcome func(Result) string
	}{
		{statements(), whole},
		{append(statements(), wrong()...), unplaced},
	} {
		want := c.outcome(Load(split(rand.New(rand.NewPCG(0, 0)), c.lines)))
		for seed := range uint64(6) {
			in := split(rand.New(rand.NewPCG(1, seed)), c.lines)
			if got := c.outcome(Load(in)); got != want {
				t.Fatalf("%q: got %s, want %s", in.Files, got, want)
			}
		}
	}
}

// TestSameEachTime: the same files give the same bytes.
func TestSameEachTime(t *testing.T) {
	for _, lines := range [][]string{statements(), append(statements(), wrong()...)} {
		in := split(rand.New(rand.NewPCG(2, 2)), lines)
		want := whole(Load(in))
		for range 3 {
			if got := whole(Load(in)); got != want {
				t.Fatalf("got %s, then %s", want, got)
			}
		}
	}
}

func whole(r Result) string {
	data, err := json.Marshal(r)
	return fmt.Sprint(string(data), err)
}

// unplaced are problems without their positions, which differ with the files.
func unplaced(r Result) string {
	var lines []string
	for _, p := range r.Problems {
		p.At = schema.Position{}
		lines = append(lines, p.String())
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

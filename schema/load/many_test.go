package load

import (
	"fmt"
	"strings"
	"testing"
)

// misspelt is a cluster of n items, each with a field that is not there, a value that is none of those
// allowed and one of the wrong type; and of as many peers, each with a field that is not there.
func misspelt(n int) Input {
	var b strings.Builder
	b.WriteString(small)
	for i := range n {
		fmt.Fprintf(&b, "cluster: items: user: u%d: {home_dir: \"/u\", max_session: %d, status: 2, email: %d}\n", i, i, i)
		fmt.Fprintf(&b, "cluster: peers: p%d: {address: \"p%d\", labls: {}, share: folder: false}\n", i, i)
	}
	return one(b.String())
}

// TestManyProblems counts how often the vocabulary is looked at: as often for many problems as for few of
// the same kind.
func TestManyProblems(t *testing.T) {
	looks := func(n int) int {
		p, problems := buildPackage(misspelt(n))
		if problems != nil {
			t.Fatal(problems)
		}
		found := p.diagnose(p.validate())
		found = p.explain(append(found, p.unsaid(found)...))
		if len(found) != 5*n {
			t.Errorf("%d items have %d problems", n, len(found))
		}
		return p.words.looks
	}
	few, many := looks(3), looks(120)
	if few != many || few == 0 {
		t.Errorf("%d looks for 3 items, %d for 120", few, many)
	}
}

// BenchmarkManyProblems: what is said about 10,000 items with three mistakes each and 10,000 peers with two.
func BenchmarkManyProblems(b *testing.B) {
	in := misspelt(10_000)
	for b.Loop() {
		if got := Load(in); len(got.Problems) != 50_000 {
			b.Fatalf("got %d problems", len(got.Problems))
		}
	}
}

func TestGeneral(t *testing.T) {
	for path, want := range map[string]string{
		"":                               "",
		"peers":                          "peers",
		"peers 1001 share hosts":         "peers x share hosts",
		"items user":                     "items user",
		"items user alice home":          "#provider kinds user #body home",
		"peers 1001 items user":          "peers x items user",
		"peers 1001 items user alice":    "#provider kinds user #body",
		"groups e items user alice a 0":  "#provider kinds user #body a 0",
		"roles scheduler candidates":     "roles x candidates",
		"health probe":                   "health probe",
		"authority schedule":             "authority schedule",
		"hooks items user alice timeout": "hooks x user alice timeout",
	} {
		if got := strings.Join(general(strings.Fields(path)), " "); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

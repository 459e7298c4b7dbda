package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// TestDigestIsCutInTheMiddle: whatever there is to say, it fits, its markup is whole, the units at both ends
// are there, and it says how many are not.
func TestDigestIsCutInTheMiddle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := digest{marker: "plan of mft", title: "Plan", all: "look elsewhere"}
		total := 0
		for i := range rapid.IntRange(0, 8).Draw(t, "parts") {
			p := part{name: fmt.Sprint("part ", i)}
			for range rapid.IntRange(0, 12).Draw(t, "units") {
				size := rapid.SampledFrom([]int{1, 10, 200}).Draw(t, "size")
				p.units = append(p.units, fmt.Sprintf("  + unit-%d %s\n", total, strings.Repeat(rapid.SampledFrom([]string{"x", "`", "日", "𝒳"}).Draw(t, "letter"), size)))
				total++
			}
			d.parts = append(d.parts, p)
		}
		room := rapid.IntRange(400, 4000).Draw(t, "room")
		text := d.render(room)
		if units(text) > room {
			t.Fatalf("%d of %d", units(text), room)
		}
		if open, end := strings.Count(text, "<details>"), strings.Count(text, "</details>"); open != end {
			t.Fatalf("%d details are opened, %d closed", open, end)
		}
		checkShown(t, text, total)
	})
}

// checkShown wants the first units and the last ones, in order and once each, and the number of the others.
func checkShown(t *rapid.T, text string, total int) {
	var shown []int
	for _, m := range regexp.MustCompile(`\+ unit-(\d+) `).FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		shown = append(shown, n)
	}
	gap := regexp.MustCompile(`\n\*\*(\d+) of (\d+) entries are left out here`).FindStringSubmatchIndex(text)
	if gap == nil {
		if len(shown) != total {
			t.Fatalf("%d of %d, and nobody says so", len(shown), total)
		}
		return
	}
	out, _ := strconv.Atoi(text[gap[2]:gap[3]])
	if all, _ := strconv.Atoi(text[gap[4]:gap[5]]); all != total || out+len(shown) != total || out == 0 {
		t.Fatalf("%d of %d are said to be left out; %d of %d are there", out, all, len(shown), total)
	}
	before := strings.Count(text[:gap[0]], "+ unit-")
	for i, n := range shown {
		want := i
		if i >= before {
			want = total - len(shown) + i
		}
		if n != want {
			t.Fatalf("the units are %v, %d before the gap", shown, before)
		}
	}
}

// TestFence: no row of backticks inside ends it, even one at the beginning of a line.
func TestFence(t *testing.T) {
	for text, want := range map[string]string{"": "```", "a ` b": "```", "``` x": "````", "x\n`````\n``": "``````"} {
		if got := fence([]string{"x", text}); got != want {
			t.Errorf("%q is enclosed in %s", text, got)
		}
	}
}

// TestDigestUsesItsRoom: of a thousand equal units, most of the room has some.
func TestDigestUsesItsRoom(t *testing.T) {
	d := digest{title: "Plan", all: "look elsewhere", parts: []part{{name: "one"}}}
	for i := range 10_000 {
		d.parts[0].units = append(d.parts[0].units, fmt.Sprintf("  + host/%05d\n", i))
	}
	text := d.render(comment)
	if n := units(text); n > comment || n < comment-200 {
		t.Errorf("it has %d characters", n)
	}
	head := strings.Count(text[:strings.Index(text, "left out here")], "+ host/")
	if tail := strings.Count(text, "+ host/") - head; head-tail > 40 || tail-head > 40 {
		t.Errorf("%d before the gap, %d after it", head, tail)
	}
}

// TestTenThousandChanges: as text a plan stays readable, shows what is grave first, and says how much it does
// not show.
func TestTenThousandChanges(t *testing.T) {
	p := plan.Plan{Cluster: "mft"}
	for i := range 100 {
		peer := plan.Peer{Serial: fmt.Sprint(1000 + i)}
		for j := range 100 {
			c := plan.Change{Key: schema.Key{Kind: "user", ID: fmt.Sprintf("u%d-%d", i, j)}, Action: plan.Create, Reason: plan.New}
			if j == 99 {
				c.Action, c.Reason = plan.Delete, plan.Removed
			}
			peer.Changes = append(peer.Changes, c)
		}
		p.Peers = append(p.Peers, peer)
	}
	p.Peers[0].Changes[0].Fields = make([]plan.Field, 60)
	text := said("", func(u *ui, _ string) { ok(t, u.plan(loaded{Cluster: &schema.Cluster{Name: "mft"}}, p, false)) })
	for want, times := range map[string]int{
		"\n  - user/": 100, "\n  + user/": 100,
		"\n  ... and 99 more changes: 99 to add, 0 to change, 0 to delete (--full shows all)\n": 98,
		"\n      ... and 10 more fields (--full shows all)\n":                                   1,
		"\nPlan: 9900 to add, 0 to change, 100 to delete.\n":                                    1,
	} {
		if got := strings.Count(text, want); got != times {
			t.Errorf("%q is there %d times, want %d", want, got, times)
		}
	}
	full := said("", func(u *ui, _ string) {
		u.full = true
		ok(t, u.plan(loaded{Cluster: &schema.Cluster{Name: "mft"}}, p, false))
	})
	if n := strings.Count(full, "\n  + user/"); n != 9900 || strings.Contains(full, "--full") {
		t.Errorf("--full shows %d", n)
	}
	markdown := planMarkdown(loaded{Cluster: &schema.Cluster{Name: "mft"}}, p, nil, comment)
	if units(markdown) > comment || !strings.Contains(markdown, "| ... and 60 more | | | | | | |") {
		t.Errorf("%d characters: %.3000s", units(markdown), markdown)
	}
}

// TestWrapped: sentences go on at a whole word, tables and values stay, and nothing is lost or widened.
func TestWrapped(t *testing.T) {
	for line, want := range map[string]string{
		"short\n": "short\n",
		"Plan: 6 to add, 0 to change, 0 to delete.\n":     "Plan: 6 to add, 0 to\n  change, 0 to\n  delete.\n",
		"  path: \"one value that is long\"\n":            "  path: \"one value that is long\"\n",
		"\x1b[1mbold letters count\x1b[0m\n":              "\x1b[1mbold letters count\x1b[0m\n",
		"a-word-that-is-longer-than-the-terminal is\n":    "a-word-that-is-longer-than-the-terminal\n  is\n",
		"two  spaces are kept where they were put, yes\n": "two  spaces are kept\n  where they were\n  put, yes\n",
	} {
		if got := wrapped(line, 20); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestNarrowStatus: what does not fit beside each other stands below each other.
func TestNarrowStatus(t *testing.T) {
	s := clusterStatus{Cluster: "mft", Provider: "node", Revision: "r", Peers: []peerStatus{
		{Serial: "1001", Alias: "alpha", Address: "http://mft1.acme.example:8080", State: "pending", Detail: "1 to add, 0 to change, 0 to delete"},
	}}
	status := func(width int) string {
		return said("", func(u *ui, _ string) {
			u.terminal.outWidth = width
			ok(t, u.status(s))
		})
	}
	if wide := status(120); !strings.Contains(wide, "PEER  ALIAS") || status(0) != wide {
		t.Errorf("wide:\n%s", wide)
	}
	want := "1001\n  alias    alpha\n  address  http://mft1.acme.example:8080\n  state    pending\n  detail   1 to add, 0 to change, 0 to delete\n"
	if narrow := status(40); !strings.Contains(narrow, want) {
		t.Errorf("narrow:\n%s", narrow)
	}
}

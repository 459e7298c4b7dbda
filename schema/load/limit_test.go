package load

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// bomb keeps an evaluation busy for ever.
const bomb = `package mft

s: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
r: [for a in s for b in s for c in s {a}]
l: [for i in r {i}]
cluster: [for x in l for y in l for z in l {x + y + z}]
`

// TestOverALimit wants every way of taking too much to end soon, as a problem.
func TestOverALimit(t *testing.T) {
	for _, c := range []struct {
		name, child, text, want string
		limits                  Limits
	}{
		{"processor time", "serve-evaluation", bomb, "more than 1s of processor time", Limits{CPU: time.Second, Deadline: time.Minute}},
		{"deadline", "serve-evaluation", bomb, "more than 200ms", Limits{Deadline: 200 * time.Millisecond}},
		{"answer", "serve-evaluation", noted(2000), "more than 1000 bytes for its result", Limits{Answer: 1000}},
		{"nesting", "serve-recursion", small, "more than the deepest nesting there can be", Limits{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			got, err := child(t, c.child, c.limits).Load(t.Context(), one(c.text))
			if err != nil || len(got.Problems) != 1 || got.Cluster != nil {
				t.Fatalf("got %v, %v", got, err)
			}
			if said := got.Problems[0].String(); !strings.HasPrefix(said, ".: cluster: evaluating this takes "+c.want) || !strings.HasSuffix(said, "[evaluation-limit]") {
				t.Errorf("got %s, want %s", said, c.want)
			}
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// TestOverTheMemory gives a child little more than this very process has by now: under the race detector
// that is far more than a child of a program that people use would begin with.
func TestOverTheMemory(t *testing.T) {
	for name, text := range map[string]string{
		"a list":  tagged(`list.Repeat([strings.Repeat("x", 1000000)], 2000)`),
		"strings": tagged("[" + strings.Repeat(`strings.Repeat("x", 1000000), `, 2000) + "]"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := Limits{Memory: ownData(t) + 200<<20, CPU: 20 * time.Second}
			got, err := child(t, "serve-evaluation", limits).Load(t.Context(), one(text))
			if err != nil && strings.Contains(err.Error(), "ThreadSanitizer failed to allocate") {
				return // the race detector met the limit before the program did
			}
			if err != nil || len(got.Problems) != 1 || !strings.Contains(got.Problems[0].Message, "MiB of memory") {
				t.Errorf("got %v, %v", got.Problems, err)
			}
		})
	}
}

// ownData is how much of what RLIMIT_DATA counts this process has.
func ownData(t *testing.T) uint64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no limit of memory to be had here: ", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmData:")
	var kib uint64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// tagged is a cluster with such tags.
func tagged(tags string) string {
	return `package mft

import (
	"list"
	"strings"

	"github.com/gitops-reconciler/reconciler/providers/node"
)

_unused: [list.Repeat, strings.Repeat]
cluster: node.#Cluster & {name: "mft", peers: "1001": address: "n1"}
cluster: items: host: h: {address: "x", protocol: "as2", tags: ` + tags + "}\n"
}

// noted is a cluster with a note of n bytes.
func noted(n int) string {
	return small + "cluster: note: \"" + strings.Repeat("x", n) + "\"\n"
}

func TestOverdue(t *testing.T) {
	for used, want := range map[time.Duration]string{
		8230 * time.Millisecond: "2m0s, of which a busy machine let it run for only 8.2s,",
		30 * time.Second:        "2m0s",
		2 * time.Minute:         "2m0s",
	} {
		if got := overdue(2*time.Minute, used); got != want {
			t.Errorf("%s: got %s, want %s", used, got, want)
		}
	}
}

func TestOutOfMemory(t *testing.T) {
	for says, want := range map[string]bool{
		"fatal error: runtime: out of memory\n\nruntime stack":                         true,
		"fatal error: runtime: cannot allocate memory\n":                               true,
		"SIGSEGV: segmentation violation\nPC=0x43935d m=4 sigcode=1 addr=0x0":          true,
		"panic: runtime error: invalid memory address\n[signal SIGSEGV: segmentation]": false,
		"": false,
	} {
		if got := outOfMemory(says); got != want {
			t.Errorf("%q: got %v", says, got)
		}
	}
}

// TestLargeButHarmless: depth and length alone are no attack that a limit would have to stop.
func TestLargeButHarmless(t *testing.T) {
	deep := "package a\ncluster: " + strings.Repeat("{a: ", 100_000) + "1" + strings.Repeat("}", 100_000)
	for name, c := range map[string]struct{ text, want string }{
		"depth":  {deep, "cluster.cue:2:40007: expression exceeds maximum nesting depth of 10000 [syntax]\n"},
		"length": {noted(1 << 18), "1001 folder/inbox {\"mapped_path\":\"/inbox\"}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := child(t, "serve-evaluation", Limits{CPU: 20 * time.Second}).Load(t.Context(), one(c.text))
			if err != nil || say(got) != c.want {
				t.Errorf("got %.2000s, %v, want %s", say(got), err, c.want)
			}
		})
	}
}

func TestMessagesAreShort(t *testing.T) {
	long := strings.Repeat("é", 1<<16)
	got := Load(one(strings.Replace(small, `"/inbox"`, fmt.Sprintf("%q", long), 1)))
	if len(got.Problems) != 1 || len(got.Problems[0].Message) > 600 || strings.ContainsRune(got.Problems[0].Message, '\uFFFD') {
		t.Errorf("got %.2000v", got.Problems)
	}
}

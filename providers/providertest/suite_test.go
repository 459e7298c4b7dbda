package providertest

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

func read(t *testing.T) cases {
	t.Helper()
	return Suite{Cases: os.DirFS("testdata")}.read(t)
}

func TestTheSuitePasses(t *testing.T) {
	t.Parallel()
	for name, wired := range map[string]bool{"called": false, "over a wire": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newMemory("", read(t).provider.Kinds).suite(t, wired)
			s.Cases = os.DirFS("testdata")
			Run(t, s)
		})
	}
}

// recorder keeps a test from failing.
type recorder struct {
	testing.TB
	said []string
}

type stop struct{}

func (r *recorder) Helper()                           {}
func (r *recorder) Failed() bool                      { return len(r.said) > 0 }
func (r *recorder) Error(args ...any)                 { r.said = append(r.said, fmt.Sprint(args...)) }
func (r *recorder) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }
func (r *recorder) Fatal(args ...any)                 { r.Error(args...); panic(stop{}) }
func (r *recorder) Fatalf(f string, args ...any)      { r.Fatal(fmt.Sprintf(f, args...)) }
func (r *recorder) FailNow()                          { panic(stop{}) }

func (r *recorder) take(do func(t testing.TB)) {
	defer func() {
		if p := recover(); p != nil && p != any(stop{}) {
			panic(p)
		}
	}()
	do(r)
}

// tell runs the story until a step finds something, and returns the step and what it found.
func tell(t *testing.T, c cases, s Suite, wrong tampered) string {
	t.Helper()
	r := &recorder{TB: t}
	var story *story
	r.take(func(t testing.TB) { story = begin(t, s, c) })
	story.tampered = wrong
	for _, step := range story.steps() {
		if r.take(step.take); len(r.said) > 0 {
			return step.name + ": " + r.said[0]
		}
	}
	return "all steps pass"
}

// TestTheSuiteFindsFaults: each fault of a server, or of the definition that calls it, is found, in the step
// that looks for it.
func TestTheSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	c := read(t)
	for fault, want := range map[string]string{
		"a missing item is an error":                "missing: read ",
		"a missing item is empty":                   "missing: read ",
		"a missing item cannot be deleted":          "missing: delete ",
		"another instance":                          "missing: it was instance",
		"a kind cannot be listed":                   "missing: no list",
		"nothing is written":                        "create: ",
		"a read leaves a field out":                 "create: read: site/",
		"a create overwrites":                       "create: ",
		"the list is old":                           "update: list: site/main",
		"an update forgets":                         "update: list: ",
		"an update forgets what others wrote":       "theirs: list: site/main: note is <nil>, want theirs",
		"a bad item is taken":                       "refused: create site/bad",
		"a bad item is refused without words":       "refused: create site/bad",
		"a delete takes all":                        "apply: ",
		"a delete does nothing":                     "delete: it has ",
		"a read answers from the last list":         "apply: create ",
		"a list shows its reader only what it made": "in use: ",
		"there is no way back":                      "states: update site/main: failed",
		"a link cannot be switched on again":        "lever: update link/b: failed",
		"the digest never changes":                  "drift: after drift: nothing is planned for ",
		"an update starts from the last list":       "unmanaged: ",
		"a secret is not shown":                     "secrets: secrets of theirs: nothing is planned for link/a",
		"a secret is not sent again":                "secrets: secrets rotated: ",
		"a reference cannot be moved":               "rename: update link/",
		"a changed port stays taken":                "swap: create link/",
		"a list stops after a page":                 "many: ",
		"each write costs twenty requests":          "many: create: it took ",
		"a create without an answer is made again":  "lost answer: ",
		"a read shows fields as they were listed":   "stale: after somebody else's edit: site/main is applied",
		"states are not told apart":                 "etag: changed between look and write: ",
		"a read does not see what others made":      "two writers: ",
		"a restart forgets who it is":               "restart: ",
		"a server that is well is not":              "health: health, deep ",
		"a server that gives no answer is well":     "health: health, deep ",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			wired := strings.Contains(fault, "answer") || strings.Contains(fault, "sent") || strings.Contains(fault, "requests")
			if got := tell(t, c, newMemory(fault, c.provider.Kinds).suite(t, wired), tampered{}); !strings.HasPrefix(got, want) {
				t.Errorf("got %.600q, want %q...", got, want)
			}
		})
	}
}

// lacking is a reconciler that knows less of the kinds.
func lacking(spoil func(name string, k *schema.Kind)) tampered {
	return tampered{plan: func(target *reconcile.Target, _ *reconcile.PlanOptions) {
		kinds := map[string]schema.Kind{}
		for name, kind := range target.Cluster.Provider.Kinds {
			spoil(name, &kind)
			kinds[name] = kind
		}
		target.Cluster.Provider.Kinds = kinds
	}}
}

// TestTheSuiteFindsFaultsOfAReconciler: what it says of the engine it says of the one that runs the definition.
func TestTheSuiteFindsFaultsOfAReconciler(t *testing.T) {
	t.Parallel()
	c := read(t)
	after := map[string][]string{"link": {"site"}, "job": {"link"}}
	for name, test := range map[string]struct {
		wrong tampered
		want  string
	}{
		"it knows no order":         {lacking(func(_ string, k *schema.Kind) { k.Refs = nil }), "apply: "},
		"it knows no dependants":    {lacking(func(name string, k *schema.Kind) { k.Refs, k.After = nil, after[name] }), "failure: "},
		"it knows no unique fields": {lacking(func(_ string, k *schema.Kind) { k.Unique = nil }), "rename: "},
		"it knows no fixed fields":  {lacking(func(_ string, k *schema.Kind) { k.Immutable = nil }), "apply: update link/d: failed"},
		"it asks for no consent": {tampered{plan: func(_ *reconcile.Target, o *reconcile.PlanOptions) {
			o.Replace = []string{"*/*"}
		}}, "immutable: without consent: "},
		"it takes over unasked": {tampered{plan: func(_ *reconcile.Target, o *reconcile.PlanOptions) {
			o.TakeOver = []string{serial}
		}}, "stale: after somebody else's edit: "},
		"it cannot be stopped":        {tampered{endless: true}, "stopped: stopped before it began: "},
		"it writes no intents down":   {tampered{begins: func(m *plan.Memory) { m.Intents = nil }}, "killed: "},
		"it knows no secrets to show": {lacking(func(_ string, k *schema.Kind) { k.Exact = nil }), "secrets: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tell(t, c, newMemory("", c.provider.Kinds).suite(t, false), test.wrong); !strings.HasPrefix(got, test.want) {
				t.Errorf("got %.600q, want %q...", got, test.want)
			}
		})
	}
}

// TestCasesThatProveNothing are refused, in words that say what is missing.
func TestCasesThatProveNothing(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/cases.cue")
	if err != nil {
		t.Fatal(err)
	}
	for old, test := range map[string]struct{ now, want string }{
		`settings: settings: motd: "hello"` + "\n": {"\n", "kind settings needs an item in created, and the same in changed"},
		`key: "env:`:                  {`note: "env:`, "kind site has secrets, and no item of it in created"},
		`site: main: {path: "/three"`: {`site: fourth: {path: "/three"`, "changed or a state has site/fourth, which created has not"},
		`words: "site/bad"`:           {`words: "site/good"`, "words has no regular expression for site/bad"},
		`class: "folders",`:           {`class: "folders", ids: {match: "^[a-z]+$", want: "letters"},`, `"many-00099" is no id of kind site`},
		`many: site: 50`:              {``, "many needs a kind"},
		`note: "theirs"`:              {``, "theirs needs a field"},
		`protocol: "as2"`:             {`protocol: "sftp"`, "kind link has fields that cannot be changed"},
		`, port: 1`:                   {``, "created needs two with different ones"},
	} {
		t.Run(test.want, func(t *testing.T) {
			t.Parallel()
			text := strings.ReplaceAll(string(data), old, test.now)
			if text == string(data) {
				t.Fatalf("%q is not in the cases", old)
			}
			r := &recorder{TB: t}
			r.take(func(tb testing.TB) {
				c := Suite{Cases: fstest.MapFS{"cases.cue": {Data: []byte(text)}}}.read(tb)
				r.Error(tell(t, c, newMemory("", c.provider.Kinds).suite(t, false), tampered{}))
			})
			if got := strings.Join(r.said, "\n"); !strings.Contains(got, test.want) {
				t.Errorf("got %.600q, want %q", got, test.want)
			}
		})
	}
}

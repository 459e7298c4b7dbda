package main

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain ü":               "plain ü",
		"red \x1b[31m":          `red \x1b[31m`,
		"over\rwritten":         `over\rwritten`,
		"right\u202eto left":    `right\u202eto left`,
		"two\nlines":            "two\n  lines",
		"a \"quote\" and \x00":  `a "quote" and \x00`,
		"broken \xff":           `broken \xff`,
		"back\\slash and \x07!": `back\\slash and \a!`,
	} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestHostilePlan prints names and values that try to move the cursor, and looks for escapes.
func TestHostilePlan(t *testing.T) {
	const hostile = "x\x1b[2J\x1b[31mforged\r\n+ all is well\u202e"
	p := plan.Plan{Cluster: "mft", Peers: []plan.Peer{{
		Serial: "1", Alias: hostile, Problems: []string{hostile},
		Changes: []plan.Change{{
			Key: schema.Key{Kind: "host", ID: hostile}, Action: plan.Update, Reason: plan.Drift,
			Fields: []plan.Field{{Path: []string{hostile}, Old: hostile, New: map[string]any{hostile: hostile}, Reason: plan.Drift}},
		}},
	}}}
	var out bytes.Buffer
	u := newUI(process{stdout: &out, stderr: &out, getenv: noEnv}, "never")
	if err := u.plan(loaded{Cluster: &schema.Cluster{Name: "mft"}, subject: hostile}, p, false); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\r\u202e") {
		t.Errorf("what a server says reaches the terminal as it is:\n%q", out.String())
	}
}

func noEnv(string) (string, bool) { return "", false }

func TestColor(t *testing.T) {
	tty := terminal{out: true, err: true}
	for _, test := range []struct {
		name, flag, noColor string
		terminal            terminal
		want                bool
	}{
		{"on a terminal", "auto", "", tty, true},
		{"not elsewhere", "auto", "", terminal{}, false},
		{"not with NO_COLOR", "auto", "1", tty, false},
		{"asked for", "always", "1", terminal{}, true},
		{"asked not to", "never", "", tty, false},
	} {
		getenv := func(string) (string, bool) { return test.noColor, test.noColor != "" }
		if got := newUI(process{getenv: getenv, terminal: test.terminal}, test.flag).outColor; got != test.want {
			t.Errorf("%s: coloured %v, want %v", test.name, got, test.want)
		}
	}
}

// TestBars draws on a terminal 30 columns wide: no line may wrap, or the next drawing goes up too far.
func TestBars(t *testing.T) {
	var out bytes.Buffer
	u := newUI(process{stderr: &out, getenv: noEnv, terminal: terminal{err: true, width: 30}}, "never")
	p := u.progress(&schema.Cluster{Peers: map[string]schema.Peer{"1": {}, "22": {}}})
	p.tell(reconcile.Event{Peer: "22", Phase: reconcile.Reading})
	p.tell(reconcile.Event{Peer: "1", Phase: reconcile.Applying, Done: 1, Total: 4})
	p.tell(reconcile.Event{Peer: "22", Phase: reconcile.Read, Problem: strings.Repeat("unreachable ", 9)})
	p.close()
	want := "\x1b[J22 reading\n" +
		"\x1b[1A\x1b[J1  [######------------------]\n22 reading\n" +
		"\x1b[2A\x1b[J1  [######------------------]\n22 ! unreachable unreachable \n" +
		"\x1b[2A\x1b[J"
	if out.String() != want {
		t.Errorf("drew\n%q, want\n%q", out.String(), want)
	}
}

// TestManyPeers: beyond twenty there is one bar for all.
func TestManyPeers(t *testing.T) {
	var out bytes.Buffer
	u := newUI(process{stderr: &out, getenv: noEnv, terminal: terminal{err: true}}, "never")
	c := &schema.Cluster{Peers: map[string]schema.Peer{}}
	for serial := range strings.SplitSeq("abcdefghijklmnopqrstu", "") {
		c.Peers[serial] = schema.Peer{}
	}
	p := u.progress(c)
	p.tell(reconcile.Event{Peer: "a", Phase: reconcile.Done, Done: 3, Total: 3})
	p.tell(reconcile.Event{Peer: "b", Phase: reconcile.Applying, Done: 0, Total: 3})
	if want := "1 of 21 peers, [############------------] 3/6\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("drew %q, want it to end in %q", out.String(), want)
	}
}

// TestUnheeded: what was written and is not in force is named, and nothing else.
func TestUnheeded(t *testing.T) {
	silent := schema.Cluster{
		Authority: map[string]string{"all": "git"}, Drift: "restore", Rollout: schema.Rollout{Peers: "all"},
		Guards: schema.Guards{Deletes: "30%", Updates: "100%", Prune: map[string]string{"all": "owned"}},
	}
	for name, test := range map[string]struct {
		change func(*schema.Cluster)
		want   string
	}{
		"the defaults": {func(*schema.Cluster) {}, ""},
		"guards":       {func(c *schema.Cluster) { c.Guards.Deletes = "5%" }, ""},
		"an authority": {func(c *schema.Cluster) { c.Authority["hosts"] = "any" }, "authority"},
		"a rollout":    {func(c *schema.Cluster) { c.Rollout.Peers = 1 }, "rollout"},
		"two of them": {func(c *schema.Cluster) {
			c.Notify, c.Hooks = map[string]schema.Notify{"n": {}}, map[string]schema.Hook{"h": {}}
		}, "hooks, notify"},
	} {
		c := silent
		c.Authority, c.Guards.Prune = maps.Clone(silent.Authority), maps.Clone(silent.Guards.Prune)
		test.change(&c)
		var out bytes.Buffer
		newUI(process{stderr: &out, getenv: noEnv}, "never").unheeded(&c)
		want := ""
		if test.want != "" {
			want = "note: declared, and not yet acted upon by this version: " + test.want + "\n"
		}
		if out.String() != want {
			t.Errorf("%s: said %q, want %q", name, out.String(), want)
		}
	}
}

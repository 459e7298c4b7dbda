package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
)

// hostileNames are what a server, or somebody with a pull request, may call things to act on a terminal, a
// forge, or whoever reads.
func hostileNames() map[string]string {
	return map[string]string{
		"escapes":           "x\x1b[2J\x1b[31mforged\x1b]0;title\a\x1b]8;;http://evil\x1b\\link",
		"c1 controls":       "a\u009b31mb\u0085c",
		"carriage return":   "x\r\n+ all is well\rover",
		"line breaks":       "a\nPlan: 0 to add\u2028b\u2029c\vd\fe",
		"bidi":              "user\u202egpj.exe\u2066\u2069\u200f",
		"zero width":        "a\u200bb\u200cc\u200dd\ufeffe\u00ade",
		"fillers":           "a\u3164\u115f\u1160\uffa0\u2800\ufe0f\U000e0101\u034f",
		"no UTF-8":          "a\xff\xfe\xc0\x80",
		"zero byte":         "a\x00b",
		"private and tags":  "\ue000\U000f0000\U000e0041",
		"workflow command":  "::error file=x,line=1::forged",
		"stop commands":     "\n::stop-commands::token\n::add-mask::x",
		"old commands":      "x ##[error]forged ##[add-mask]y ##vso[task.setvariable]z",
		"percent":           "%0A::error::forged%25",
		"GitLab section":    "section_start:0:x\r\x1b[0Kforged",
		"code fence":        "x\n```\n# forged\n````\n`````",
		"backticks":         "`` ` ``` ```` `",
		"markup":            "**b** _i_ ~~s~~ # h > q [l](http://evil) ![i](http://evil/i.png) | cell | \\| - x",
		"html":              "</code></summary></details><img src=http://evil onerror=x><script>&lt;&#60;",
		"comment":           "--> <!-- x --!>",
		"mentions":          "@everyone @org/team #1 org/repo#2 GH-3 !4 $5 ~label %milestone http://evil www.evil.com a@evil.com :boom:",
		"commit":            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"template":          "${{ secrets.X }} {{ x }} $(id) `id`",
		"very long":         strings.Repeat("long-", 4000),
		"long, without end": strings.Repeat("`", 20000),
		"combining":         "e" + strings.Repeat("\u0301", 50),
		"quotes":            "a\"b'c\\d",
		"table":             "| a | b |\n| --- | --- |",
	}
}

func hostilePlan(name string) plan.Plan {
	change := func(action plan.Action, id string) plan.Change {
		return plan.Change{
			Key: schema.Key{Kind: "host", ID: id + name}, Action: action, Reason: plan.Drift, Unchanged: 1,
			Fields: []plan.Field{
				{Path: []string{name}, Old: name, New: map[string]any{name: []any{name}}, Reason: plan.Git},
				{Path: []string{"password"}, Secret: true, Reason: plan.Git},
			},
		}
	}
	held := change(plan.Delete, "1")
	held.Held, held.Holds = true, []plan.Hold{{Why: plan.InUse, By: "job/" + name, Field: name, Foreign: true}, {Why: plan.Consent}}
	replace := change(plan.Replace, "2")
	replace.Held, replace.Holds = true, []plan.Hold{{Why: plan.Replacement}}
	return plan.Plan{Version: 1, Cluster: "mft", Revision: "r", TwoWay: true, Peers: []plan.Peer{
		{Serial: "1", Alias: name, Problems: []string{name, "list host: " + name}, Changes: []plan.Change{change(plan.Create, ""), held, replace}},
		{Serial: "2", Alias: name, Suspended: name, Changes: []plan.Change{}},
	}}
}

func hostileReport(name string) reconcile.Report {
	r := reconcile.Report{Version: 1, Cluster: "mft", Revision: "r", TakeOver: []string{name}, Replace: []string{name}, Peers: []reconcile.PeerReport{{Serial: "1", Alias: name, Problem: name}}}
	for i, status := range []reconcile.Status{reconcile.Applied, reconcile.Failed, reconcile.Held, reconcile.NotAttempted} {
		change := hostilePlan(name).Peers[0].Changes[min(i, 1)]
		r.Peers[0].Results = append(r.Peers[0].Results, reconcile.Result{Change: change, Status: status, Error: name})
	}
	return r
}

// outputs are all that is said about a cluster in which everything has the name.
func outputs(t *testing.T, name string) map[string]string {
	t.Helper()
	all := map[string]string{}
	p, r := hostilePlan(name), hostileReport(name)
	c := loaded{Cluster: &schema.Cluster{Name: "mft", Peers: map[string]schema.Peer{"1": {}}}, revision: "r", subject: name}
	made := &savedPlan{
		Saved: reconcile.Saved{ID: "id", Plan: p, Options: reconcile.PlanOptions{TakeOver: []string{name}, Replace: []string{name}}},
		name:  name,
		spent: &store.SpentError{By: store.Holder{User: name, Host: name}},
	}
	for _, format := range append(planFormats(), asEvents) {
		var out bytes.Buffer
		summary := filepath.Join(t.TempDir(), "summary")
		a := &app{output: format, process: process{stdout: &out, stderr: &out, clock: time.Now, getenv: func(key string) (string, bool) {
			return map[string]string{"GITHUB_STEP_SUMMARY": summary}[key], key == "GITHUB_STEP_SUMMARY"
		}}}
		a.ui = newUI(a.process, "never")
		if format == asEvents {
			a.record = &recorder{clock: a.clock, to: unclosed{&out}}
			a.record.progress(reconcile.Event{Peer: "1", Phase: reconcile.Done, Problem: name, Result: &r.Peers[0].Results[1]})
			a.record.progress(reconcile.Event{Peer: "1", Phase: reconcile.Done, Problem: name})
		}
		ok(t, a.showPlan(c, p, false, made))
		all["plan "+format] = out.String()
		out.Reset()
		ok(t, a.showReport(r))
		_ = a.record.end(1, fmt.Errorf("said: %s", name))
		all["report "+format] = out.String()
		if data, err := os.ReadFile(summary); err == nil {
			all["summary "+format] = string(data)
		}
	}
	for _, format := range []string{asText, asJSON, asGitHub} {
		all["stale "+format] = stale(made, hostileMoves(name), format)
	}
	all["status"], all["stale"], all["progress"] = said(name, sayStatus), said(name, sayStale), said(name, sayProgress)
	all["status, narrow"] = said(name, func(u *ui, name string) {
		u.terminal.outWidth = 40
		sayStatus(u, name)
	})
	return all
}

func stale(made *savedPlan, moved []reconcile.Move, format string) string {
	var out bytes.Buffer
	a := &app{output: format, process: process{stdout: &out, stderr: &out, getenv: noEnv}}
	a.ui = newUI(a.process, "never")
	err := a.stale(made, moved)
	if format != asJSON { // or there would be more than JSON
		a.ui.exit(nil, err)
	}
	return out.String()
}

func said(name string, say func(u *ui, name string)) string {
	var out bytes.Buffer
	say(newUI(process{stdout: &out, stderr: &out, getenv: noEnv}, "never"), name)
	return out.String()
}

func sayStatus(u *ui, name string) {
	_ = u.status(clusterStatus{Cluster: "mft", Note: name, Provider: "node", Revision: "r", Peers: []peerStatus{
		{Serial: "1", Alias: name, Group: name, Address: name, Note: name, State: "held", Detail: name, Action: name},
	}})
}

func hostileMoves(name string) []reconcile.Move {
	return []reconcile.Move{{Serial: "1", Alias: name, Key: schema.Key{Kind: "host", ID: name}, Shifts: []plan.Shift{
		{Text: name},
		{Path: []string{name}, Side: plan.OnPeer, Was: name, Now: name},
		{Path: []string{name}, Secret: true},
	}}, {Serial: "1", Alias: name, Shifts: []plan.Shift{{Text: name}}}}
}

func sayStale(u *ui, name string) {
	u.moved(hostileMoves(name))
	u.saved(name, name)
	u.unverified(name)
}

func sayProgress(u *ui, name string) {
	p := u.progress(&schema.Cluster{Peers: map[string]schema.Peer{"1": {}}})
	p.tell(reconcile.Event{Peer: "1", Phase: reconcile.Done, Problem: name})
	p.tell(reconcile.Event{Peer: "1", Phase: reconcile.Applying, Result: &reconcile.Result{Change: plan.Change{Key: schema.Key{Kind: "host", ID: name}}, Status: reconcile.Failed, Error: name}})
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestHostileNames shows every name in every output: no character of it acts or hides, it makes no line,
// no command and no markup, and it takes no more room than it should.
func TestHostileNames(t *testing.T) {
	tame := outputs(t, "tame")
	for title, name := range hostileNames() {
		for where, out := range outputs(t, name) {
			where = title + ", " + where
			for i, r := range out {
				if r != '\n' && (!unicode.IsPrint(r) || unicode.Is(unicode.Variation_Selector, r) || strings.ContainsRune("\u3164\u115f\u1160\uffa0\u2800\u034f", r)) {
					t.Fatalf("%s: %U after %q", where, r, out[max(0, i-30):i])
				}
			}
			if strings.Contains(out, "##[") || strings.Contains(out, "##vso[") {
				t.Errorf("%s: a command of a runner in\n%s", where, out)
			}
			calm := tame[strings.TrimPrefix(where, title+", ")]
			if got, want := strings.Count(out, "\n"), strings.Count(calm, "\n"); got != want && !strings.HasSuffix(where, " json") && !strings.HasSuffix(where, "narrow") {
				t.Errorf("%s: %d lines, want %d:\n%.2000s", where, got, want, out)
			}
			if got, want := commandLines(out), commandLines(calm); got != want {
				t.Errorf("%s: commands %s, want %s", where, got, want)
			}
			if strings.HasSuffix(where, " markdown") || strings.Contains(where, "summary ") {
				checkMarkdown(t, where, out, calm)
			}
		}
	}
}

// commandLines are the beginnings of the lines that GitHub's runner obeys.
func commandLines(out string) string {
	var all []string
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "::") {
			all = append(all, regexp.MustCompile(`^::\w+ title=[a-z ]+::`).FindString(line))
		}
	}
	return strings.Join(all, " ")
}

// checkMarkdown takes away what is quoted; what is left must be what it is with a tame name.
func checkMarkdown(t *testing.T, where, out, calm string) {
	t.Helper()
	if got, want := skeleton(t, where, out), skeleton(t, where, calm); got != want {
		t.Errorf("%s: the markup is\n%s\nwant\n%s", where, got, want)
	}
	if n := units(out); n > comment+1 && !strings.Contains(where, "summary") {
		t.Errorf("%s: %d characters", where, n)
	}
}

func skeleton(t *testing.T, where, out string) string {
	t.Helper()
	var b strings.Builder
	fence := ""
	for line := range strings.Lines(out) {
		ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence == "" && len(ticks) >= 3:
			fence = ticks
			b.WriteString("FENCE\n")
		case fence != "" && len(ticks) >= len(fence):
			if strings.TrimSpace(line) != fence {
				t.Errorf("%s: a line closes the fence: %q", where, line)
			}
			fence = ""
		case fence == "":
			b.WriteString(regexp.MustCompile(`<code>([A-Za-z0-9 ,()-]|&#\d+;|[^\x00-\x7f])*</code>`).ReplaceAllString(line, "CODE"))
		}
	}
	if fence != "" {
		t.Errorf("%s: a fence is not closed", where)
	}
	return b.String()
}

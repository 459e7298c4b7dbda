package reconcile

import (
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

func targeted(t tester) *world {
	w := newWorld(t, "1", "2", "host")
	for serial, site := range map[string]string{"1": "berlin", "2": "paris"} {
		peer := w.cluster.Peers[serial]
		peer.Labels = map[string]string{"site": site, "n" + serial: ""}
		w.cluster.Peers[serial] = peer
	}
	w.git(`folder/in`, `folder/out`, `host/a "inbox": "in"`, `host/a/b,c`, `job/a`)
	return w
}

// TestTargeting: what a run is about, by the items that it makes.
func TestTargeting(t *testing.T) {
	all := "folder/in folder/out host/a host/a/b,c job/a"
	for _, c := range []struct {
		name string
		o    Targeting
		want string // of each peer that is looked at, what is made there
	}{
		{"nothing said", Targeting{}, "1: " + all + "; 2: " + all + "; host: " + all},
		{"a peer", Targeting{Target: []string{"1"}}, "1: " + all},
		{"peers", Targeting{Target: []string{"1", "2"}}, "1: " + all + "; 2: " + all},
		{"a kind", Targeting{Target: []string{"folder"}}, "1: folder/in folder/out; 2: folder/in folder/out; host: folder/in folder/out"},
		{"an item", Targeting{Target: []string{"folder/in"}, Exclude: []string{"host:*", "2"}}, "1: folder/in; host:"},
		{"a peer's kind", Targeting{Target: []string{"host:job"}}, "host: job/a"},
		{"a peer's item", Targeting{Target: []string{"2:folder/o*"}}, "2: folder/out"},
		{"an id with a slash and a comma", Targeting{Target: []string{"1:host/a/b,c"}}, "1: host/a/b,c"},
		{"everything", Targeting{Target: []string{"*"}, Exclude: []string{"host:*", "folder", "*/a*"}}, "1:; 2:; host:"},
		{"all of a kind of a peer", Targeting{Target: []string{"*:folder"}, Exclude: []string{"*:*/in", "1"}}, "2: folder/out; host: folder/out"},
		{"a label", Targeting{Labels: "site=berlin"}, "1: " + all},
		{"no label", Targeting{Labels: "!site"}, "host: " + all},
		{"another value", Targeting{Labels: "site!=berlin, site"}, "2: " + all},
		{"labels and items", Targeting{Labels: "n1", Target: []string{"job"}}, "1: job/a"},
	} {
		w := targeted(t)
		round := w.planWith(PlanOptions{Targeting: c.o})
		var got []string
		for _, p := range round.Plan.Peers {
			text := p.Serial + ":"
			for _, change := range p.Changes {
				text += " " + change.Key.String()
			}
			got = append(got, text)
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s: got %s, want %s", c.name, text, c.want)
		}
	}
}

// TestTargetingNothing: a pattern that can match nothing is an error, with what may have been meant.
func TestTargetingNothing(t *testing.T) {
	usage := "want PEER, KIND, KIND/ID, PEER:KIND or PEER:KIND/ID, with * for any text"
	for _, c := range []struct {
		o    Targeting
		want string
	}{
		{Targeting{Target: []string{"folders"}}, "--target folders: there is no such peer, and no such kind; did you mean folder?"},
		{Targeting{Target: []string{"zzz*"}}, "--target zzz*: there is no such peer, and no such kind"},
		{Targeting{Target: []string{"host"}}, "--target host: it may be a peer or a kind: write host:* for the peer, *:host for the kind"},
		{Targeting{Exclude: []string{"9:folder"}}, "--exclude 9:folder: there is no peer 9"},
		{Targeting{Exclude: []string{"1:users"}}, "--exclude 1:users: there is no kind users; the kinds are folder, host, job"},
		{Targeting{Target: []string{"folder/inn"}}, "--target folder/inn: there is no such item, neither in Git nor on the peers that this run looks at; did you mean folder/in?"},
		{Targeting{Exclude: []string{"1:folder/uot"}}, "--exclude 1:folder/uot: there is no such item, neither in Git nor on the peers that this run looks at; did you mean folder/out?"},
		{Targeting{Target: []string{""}}, "--target : " + usage},
		{Targeting{Target: []string{":folder"}}, "--target :folder: " + usage},
		{Targeting{Target: []string{"1:"}}, "--target 1:: " + usage},
		{Targeting{Target: []string{"folder/"}}, "--target folder/: " + usage},
		{Targeting{Target: []string{"1:/a"}}, "--target 1:/a: " + usage},
		{Targeting{Labels: "sit=berlin"}, "--selector sit=berlin: no peer has a label sit; did you mean site?"},
		{Targeting{Labels: "site==berlin"}, "--selector site==berlin: want KEY=VALUE, KEY!=VALUE, KEY or !KEY, with commas between"},
		{Targeting{Labels: "site,"}, "--selector site,: want KEY=VALUE, KEY!=VALUE, KEY or !KEY, with commas between"},
		{Targeting{Labels: "site=rome"}, "there is nothing to do: --target, --exclude and --selector together leave every peer out"},
		{Targeting{Target: []string{"1"}, Exclude: []string{"1"}}, "there is nothing to do: --target, --exclude and --selector together leave every peer out"},
	} {
		w := targeted(t)
		if _, err := w.run.Plan(t.Context(), w.target(), w.store, PlanOptions{Targeting: c.o}); err == nil || err.Error() != c.want {
			t.Errorf("%+v: got %v, want %s", c.o, err, c.want)
		}
	}
}

// TestTargetingUnread: while a peer that a pattern may be about cannot be read, it may match something there.
func TestTargetingUnread(t *testing.T) {
	w := targeted(t)
	w.servers["1"].fault = always(schema.Unreachable, "list")
	o := PlanOptions{Targeting: Targeting{Target: []string{"1:folder/theirs"}}}
	if round := w.planWith(o); len(round.Plan.Peers) != 1 || len(round.Plan.Peers[0].Problems) == 0 {
		t.Error(round.Plan)
	}
	o.Targeting.Target = []string{"1", "2:folder/theirs"}
	if _, err := w.run.Plan(t.Context(), w.target(), w.store, o); err == nil {
		t.Error("2 was read, and has no such item")
	}
	o.Targeting.Target = []string{"1:folder/theirs"}
	w.servers["1"].fault = nil
	w.there("1", "folder/theirs")
	w.planWith(o) // it is there
	o.Targeting.Target = []string{"2:folder/theirs"}
	if _, err := w.run.Plan(t.Context(), w.target(), w.store, o); err == nil {
		t.Error("2 has no such item")
	}
}

// TestTargetedRun: what it leaves out is neither written, recorded nor forgotten, nor is the run one that later
// clusters have to follow; the next run has it all.
func TestTargetedRun(t *testing.T) {
	w := newWorld(t, "1", "2")
	w.git("folder/a", "folder/b", "folder/c")
	w.apply()
	w.store.last = nil
	w.there("1", "folder/d")
	delete(w.servers["1"].items, schema.Key{Kind: "folder", ID: "b"})
	w.git("folder/a", `folder/c "path": "/c"`, "folder/d", `host/e "inbox": "f"`, "folder/f", "job/g")
	want := maps.Clone(w.store.peers["1"].Base)
	want[schema.Key{Kind: "job", ID: "g"}] = plan.Record{Body: schema.Body{}, Revision: "r1"}
	report, err := w.applyRound(t.Context(), w.planWith(PlanOptions{Targeting: Targeting{Target: []string{"1:job", "1:host"}}}))
	w.ok(err)
	w.want(report, "1 + host/e: held", "1 + job/g: applied")
	w.remembers(nil)
	if d := cmp.Diff(want, w.store.peers["1"].Base); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if d := cmp.Diff(&plan.Targeted{Target: []string{"1:job", "1:host"}, Peers: 1, Changes: 2}, report.Targeted); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	w.apply()
	w.settled()
}

// TestTargetedAfterKill: what a run that was killed was about to write is still known to be ours after a
// targeted run that is not about it.
func TestTargetedAfterKill(t *testing.T) {
	w := newWorld(t, "1")
	w.git("folder/a", `host/b "port": 1`)
	w.ok(w.store.Begin(w.cluster.Name, "1", plan.Memory{Instance: "i1", Intents: map[schema.Key]plan.Record{
		{Kind: "host", ID: "b"}: {Body: schema.Body{"port": int64(1)}},
	}}, nil))
	w.there("1", `host/b "port": 1`)
	_, err := w.applyRound(t.Context(), w.planWith(PlanOptions{Targeting: Targeting{Target: []string{"folder"}}}))
	w.ok(err)
	w.git("folder/a", `host/b "port": 2`)
	w.want(w.apply(), "1 ~ host/b: applied")
}

// TestTargetedSuspended: of a peer that is out of the relation only what the run is about is forgotten; what is
// known from an earlier run alone can be named, too.
func TestTargetedSuspended(t *testing.T) {
	w := newWorld(t, "1", "2")
	w.git("folder/a", "host/b")
	w.apply()
	w.git("folder/a")
	for _, serial := range []string{"1", "2"} {
		delete(w.servers[serial].items, schema.Key{Kind: "host", ID: "b"})
	}
	w.planWith(PlanOptions{Targeting: Targeting{Target: []string{"2:host/b"}}}) // applied once
	peer := w.cluster.Peers["1"]
	peer.Suspended = &schema.Suspended{}
	w.cluster.Peers["1"] = peer
	_, err := w.applyRound(t.Context(), w.planWith(PlanOptions{Targeting: Targeting{Target: []string{"host/b"}}}))
	w.ok(err)
	for _, serial := range []string{"1", "2"} {
		base := w.store.peers[serial].Base
		if _, kept := base[schema.Key{Kind: "folder", ID: "a"}]; !kept || len(base) != 1 {
			t.Errorf("%s: %v", serial, base)
		}
	}
	w.planWith(PlanOptions{Targeting: Targeting{Target: []string{"1:host/zzz"}}}) // nobody knows
}

// FuzzPattern: a pattern is read or refused, whatever it is; one that is read is about its own text at least, and
// without * about nothing else.
func FuzzPattern(f *testing.F) {
	for _, text := range []string{"1", "folder", "folder/in", "1:host/a/b,c", "2:*", "*", "*:*/*", "host:job", "", ":", "/", "1:/", "fo*r/\xff", "\xff", "folder/a:b", "1:2:3/4"} {
		f.Add(text)
	}
	w := targeted(f)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePattern(text, w.cluster)
		if err != nil || strings.Contains(text, "*") || !utf8.ValidString(text) {
			return
		}
		head, id, hasID := strings.Cut(text, "/")
		serial, kind, scoped := strings.Cut(head, ":")
		if !scoped {
			serial, kind = "1", head
		}
		if !hasID && !scoped {
			if p.whole != (w.cluster.Peers[head].Labels != nil) || p.id != nil {
				t.Fatalf("%q: %+v", text, p)
			}
			return
		}
		if !p.matches(serial, schema.Key{Kind: kind, ID: id}) {
			t.Fatalf("%q is not about itself", text)
		}
		if p.matches(serial, schema.Key{Kind: kind, ID: id + "x"}) == hasID || p.matches(serial, schema.Key{Kind: kind + "s", ID: id}) {
			t.Fatalf("%q is about others", text)
		}
	})
}

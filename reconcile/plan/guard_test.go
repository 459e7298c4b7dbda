package plan

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// guardedWorld generates the drafts of a few peers, whose kinds refer to each other.
func guardedWorld(t *rapid.T, unique bool) []Draft {
	var drafts []Draft
	for i := range rapid.IntRange(1, 3).Draw(t, "peers") {
		in := relatedInput(t)
		in.Serial, in.Policy = fmt.Sprint(i+1), policies(t, in.Kinds)
		for name, kind := range in.Kinds {
			if !unique {
				kind.Unique = nil
			}
			in.Kinds[name] = kind
		}
		if rapid.IntRange(0, 4).Draw(t, "emptied") == 0 {
			in.Desired = schema.Items{}
		}
		p := Diff(in)
		drafts = append(drafts, Draft{Peer: &p, In: in})
	}
	return drafts
}

func someGuards(t *rapid.T) Guards {
	limits := []any{nil, 0, 1, 2, "3", "0%", "30%", "50%", "99%", "100%"}
	g := Guards{
		Deletes: limitOf(t, rapid.SampledFrom(limits).Draw(t, "deletes"), "guards.deletes"),
		Updates: limitOf(t, rapid.SampledFrom(limits).Draw(t, "updates"), "guards.updates"),
	}
	if rapid.Bool().Draw(t, "allow empty") {
		g.AllowEmpty = []string{"1", "2"}
	}
	return g
}

func limitOf(t interface{ Fatal(...any) }, value any, where string) Limit {
	l, err := ParseLimit(value, where)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// free are the changes of drafts that are not held, as text.
func free(drafts []Draft, actions ...Action) []string {
	all := []string{}
	for _, d := range drafts {
		for _, c := range d.Peer.Changes {
			if !c.Held && (len(actions) == 0 || slices.Contains(actions, c.Action)) {
				all = append(all, d.Peer.Serial+" "+c.String())
			}
		}
	}
	return all
}

// again are the same drafts, as they were before any guard.
func again(drafts []Draft) []Draft {
	var all []Draft
	for _, d := range drafts {
		p := Diff(d.In)
		all = append(all, Draft{Peer: &p, In: d.In})
	}
	return all
}

// TestGuardIsTheOracle: what passes is what a naive count lets pass, without what then is in use or waits.
func TestGuardIsTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drafts, g := guardedWorld(t, true), someGuards(t)
		want := oraclePasses(drafts, g)
		refusals := Guard(g, drafts)
		var got, refused []string
		for _, d := range drafts {
			for _, c := range d.Peer.Changes {
				name := d.Peer.Serial + " " + c.String()
				if c.WaitsFor(MaxDeletes, MaxUpdates, Emptied) {
					refused = append(refused, name)
				} else if want[name] {
					got = append(got, name)
				}
			}
		}
		if wanted := sortedKeys(want); cmp.Diff(wanted, slices.Sorted(slices.Values(got))) != "" {
			t.Fatalf("%+v: -want +got:\n%s\nrefused %v", g, cmp.Diff(wanted, slices.Sorted(slices.Values(got))), refused)
		}
		if len(refusals) > 0 != (len(refused) > 0) {
			t.Fatalf("refusals %v, refused %v", refusals, refused)
		}
	})
}

func sortedKeys(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }

// oraclePasses counts on its fingers.
func oraclePasses(drafts []Draft, g Guards) map[string]bool {
	type change struct{ serial, name, group, item string }
	var changes []change
	perPeer, there, named := map[string]map[string]bool{}, map[string]map[string]bool{"": {}}, map[string]bool{}
	note := func(m map[string]map[string]bool, at, item string) {
		if m[at] == nil {
			m[at] = map[string]bool{}
		}
		m[at][item] = true
	}
	for _, d := range drafts {
		serial := d.Peer.Serial
		for _, c := range d.Peer.Changes {
			if c.Held {
				continue
			}
			group := map[Action]string{Update: "updates", Delete: "deletes", Replace: "deletes", Create: "creates"}[c.Action]
			changes = append(changes, change{serial, serial + " " + c.String(), group, c.Key.String()})
			note(perPeer, serial+group, c.Key.String())
		}
		for kind, bodies := range d.In.Observed.Kinds {
			for id := range bodies.Items {
				key := schema.Key{Kind: kind, ID: id}
				_, wanted := d.In.Desired[kind][id]
				goes := slices.ContainsFunc(d.Peer.Changes, func(c Change) bool { return c.Key == key })
				if wanted || goes {
					note(there, serial, key.String())
					note(there, "", key.String())
				}
			}
		}
		for _, bodies := range d.In.Desired {
			named[serial] = named[serial] || len(bodies) > 0
		}
	}
	exceeds := func(l Limit, n, of int) bool {
		switch {
		case !l.set:
			return false
		case l.share:
			return (n-1)*100 >= l.n*of && n > 0 // one less would already be the whole share
		default:
			return n > l.n
		}
	}
	limits := map[string]Limit{"deletes": g.Deletes, "updates": g.Updates}
	passes := map[string]bool{}
	whole := map[string]map[string]bool{}
	for _, c := range changes {
		ok := !exceeds(limits[c.group], len(perPeer[c.serial+c.group]), len(there[c.serial]))
		if c.group == "deletes" && !named[c.serial] && !slices.Contains(g.AllowEmpty, c.serial) {
			ok = false
		}
		if ok {
			passes[c.name] = true
			note(whole, c.group, c.item)
		}
	}
	for _, c := range changes {
		if exceeds(limits[c.group], len(whole[c.group]), len(there[""])) {
			delete(passes, c.name)
		}
	}
	return passes
}

// TestNeverMoreThanTheLimit of deletions passes, on no peer and of no cluster, whatever is held besides.
func TestNeverMoreThanTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drafts, g := guardedWorld(t, true), someGuards(t)
		Guard(g, drafts)
		items := map[schema.Key]bool{}
		for _, d := range drafts {
			n := 0
			for _, c := range d.Peer.Changes {
				if !c.Held && (c.Action == Delete || c.Action == Replace) {
					n++
					items[c.Key] = true
				}
				for i, h := range c.Holds {
					if slices.Contains(c.Holds[:i], h) {
						t.Fatalf("%s: said twice: %v", c, c.Holds)
					}
				}
				if c.Held != (len(c.Holds) > 0) {
					t.Fatalf("%s: held %v, %v", c, c.Held, c.Holds)
				}
			}
			if g.Deletes.set && n > g.Deletes.of(d.there()) {
				t.Fatalf("%d of %d with %s", n, d.there(), g.Deletes)
			}
		}
		if g.Deletes.set && len(items) > g.Deletes.of(len(present(drafts))) {
			t.Fatalf("%d of %d with %s", len(items), len(present(drafts)), g.Deletes)
		}
	})
}

// TestRefusedDeletionsHoldUpNothingElse: creates and updates are the same ones, whatever is refused.
func TestRefusedDeletionsHoldUpNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drafts := guardedWorld(t, false)
		want := free(drafts, Create, Update)
		Guard(Guards{Deletes: limitOf(t, 0, "guards.deletes")}, drafts)
		if d := cmp.Diff(want, free(drafts, Create, Update)); d != "" {
			t.Fatalf("-before +refused:\n%s", d)
		}
		if left := free(drafts, Delete, Replace); len(left) > 0 {
			t.Fatalf("not refused: %v", left)
		}
	})
}

// TestAHundredPercentChangesNothing, nor does the order in which the peers are given or a second time.
func TestAHundredPercentChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drafts := guardedWorld(t, true)
		want := fmt.Sprintf("%+v", changesOf(drafts))
		all := Guards{Deletes: limitOf(t, "100%", "d"), Updates: limitOf(t, "100%", "u"), AllowEmpty: []string{"1", "2", "3"}}
		if refusals := Guard(all, drafts); len(refusals) > 0 || fmt.Sprintf("%+v", changesOf(drafts)) != want {
			t.Fatalf("%v", refusals)
		}
		g, reversed := someGuards(t), again(drafts)
		slices.Reverse(reversed)
		once := Guard(g, drafts)
		Guard(g, reversed)
		slices.Reverse(reversed)
		if d := cmp.Diff(fmt.Sprintf("%+v", changesOf(drafts)), fmt.Sprintf("%+v", changesOf(reversed))); d != "" {
			t.Fatal(d)
		}
		if twice := Guard(g, again(drafts)); cmp.Diff(once, twice) != "" {
			t.Fatal(cmp.Diff(once, twice))
		}
	})
}

func changesOf(drafts []Draft) [][]Change {
	var all [][]Change
	for _, d := range drafts {
		all = append(all, d.Peer.Changes)
	}
	return all
}

// TestGuardedCanBeCarriedOut: what passes the guards needs nothing that they hold.
func TestGuardedCanBeCarriedOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drafts := guardedWorld(t, true)
		Guard(someGuards(t), drafts)
		for _, d := range drafts {
			s := &strict{t: t, in: d.In, coming: map[schema.Key]bool{}}
			for _, c := range d.Peer.Changes {
				s.coming[c.Key] = !c.Held && c.Action != Delete
			}
			waves, err := Waves(schema.Provider{Kinds: s.in.Kinds}, d.Peer.Changes)
			if err != nil {
				t.Fatal(err)
			}
			s.waves(waves, *d.Peer)
		}
	})
}

// TestPresent: what a share is one of. Neither what is to be made counts, nor what is left to a peer, nor, on a
// peer that could not be read whole, what may be there.
func TestPresent(t *testing.T) {
	kinds := map[string]schema.Kind{"a": {}}
	named := schema.Items{"a": {"here": {}, "new": {}, "left": {}}}
	leave := func(key schema.Key) bool { return key.ID == "left" }
	made := Peer{Changes: []Change{{Key: schema.Key{Kind: "a", ID: "new"}, Action: Create}, {Key: schema.Key{Kind: "a", ID: "gone"}, Action: Delete}}}
	unread := Peer{Problems: []string{"list b: unreachable"}, Changes: made.Changes}
	in := Input{Kinds: kinds, Desired: named, Leave: leave}
	for want, drafts := range map[string][]Draft{
		"map[a/gone:true a/here:true]":            {{Peer: &made, In: in}},
		"map[a/gone:true]":                        {{Peer: &unread, In: in}},
		"map[a/gone:true a/here:true a/new:true]": {{Peer: &made, In: in}, {Peer: &Peer{}, In: in}},
	} {
		if got := fmt.Sprint(present(drafts)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if n := (Draft{Peer: &made}).there(); n != 1 {
		t.Errorf("there are %d, want 1", n)
	}
}

// TestRefusedTogether: what refers to each other and is refused together is not also said to be in the way of
// each other; what is in the way whatever is agreed to, is.
func TestRefusedTogether(t *testing.T) {
	in := Input{Serial: "1", Kinds: relatedKinds(), Base: map[schema.Key]Record{}, Observed: schema.Observation{Kinds: map[string]schema.Listing{
		"a": {Items: map[string]schema.Body{"1": {}}},
		"b": {Items: map[string]schema.Body{"1": {"r": []any{"1"}}, "theirs": {}}},
		"c": {Items: map[string]schema.Body{"1": {"one": "1"}}},
	}}}
	for _, kind := range []string{"a", "b", "c"} {
		in.Base[schema.Key{Kind: kind, ID: "1"}] = Record{Body: in.Observed.Kinds[kind].Items["1"]}
	}
	for theirs, want := range map[string]string{
		"":  "a/1 [max-deletes allow-empty], b/1 [max-deletes allow-empty], c/1 [max-deletes allow-empty], ",
		"1": "a/1 [in-use in-use], b/1 [max-deletes allow-empty], c/1 [max-deletes allow-empty], ",
	} {
		in.Observed.Kinds["b"].Items["theirs"] = schema.Body{"r": []any{theirs}}
		p := Diff(in)
		Guard(Guards{Deletes: limitOf(t, 0, "guards.deletes")}, []Draft{{Peer: &p, In: in}})
		got := ""
		for _, c := range p.Changes {
			var why []Why
			for _, h := range c.Holds {
				why = append(why, h.Why)
			}
			got += fmt.Sprint(c.Key, " ", why, ", ")
		}
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestRelatedOnce: what held a change before is said once, when a guard has held another.
func TestRelatedOnce(t *testing.T) {
	in := Input{Serial: "1", Kinds: relatedKinds(), Desired: schema.Items{"a": {"1": {"u": "x"}, "2": {"u": "x"}}}}
	gone := schema.Key{Kind: "b", ID: "1"}
	in.Base = map[schema.Key]Record{gone: {Body: schema.Body{}}}
	in.Observed.Kinds = map[string]schema.Listing{"a": {}, "b": {Items: map[string]schema.Body{"1": {}}}, "c": {}}
	p := Diff(in)
	Guard(Guards{Deletes: limitOf(t, 0, "guards.deletes")}, []Draft{{Peer: &p, In: in}})
	if c := p.Changes[0]; len(c.Holds) != 1 || c.Holds[0].Why != Claimed || !p.Changes[2].WaitsFor(MaxDeletes) {
		t.Errorf("%+v", p.Changes)
	}
}

// TestParseLimit: what a limit may be, and how many of ten and of three it allows.
func TestParseLimit(t *testing.T) {
	for value, want := range map[any]string{
		0: "0: 0, 0", 4: "4: 4, 4", int64(2): "2: 2, 2", 2.0: "2: 2, 2", "7": "7: 7, 7",
		"0%": "0%: 0, 0", "1%": "1%: 1, 1", "30%": "30%: 3, 1", "34%": "34%: 4, 2", "100%": "100%: 10, 3",
	} {
		l, err := ParseLimit(value, "x")
		if got := fmt.Sprintf("%s: %d, %d", l, l.of(10), l.of(3)); err != nil || got != want {
			t.Errorf("%v: got %s, %v, want %s", value, got, err, want)
		}
	}
	for _, value := range []any{"", "-1", "101%", "30", "x%", "%", "1.5", 1.5, "-1%", true} {
		if l, err := ParseLimit(value, "--max-deletes"); err == nil && value != "30" {
			t.Errorf("%v: got %s", value, l)
		}
	}
	if l, err := ParseLimit(nil, "x"); err != nil || l.of(5) != 5 || l.String() != "none" {
		t.Error(l, err)
	}
}

package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

var sealKey = []byte("key of the state")

// reread is a plan as it comes back from a file.
func reread(t *rapid.T, p Peer) Peer {
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), canary) {
		t.Fatalf("a secret is in the plan: %s", data)
	}
	var back Peer
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// fingerprint is all that carrying out a change depends on, the naive way.
func fingerprint(c Change) string {
	text, err := json.Marshal(map[string]any{"change": c, "body": c.Body})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// TestShiftsAreThereExactlyIfTheFingerprintDiffers compares the plans of any two worlds.
func TestShiftsAreThereExactlyIfTheFingerprintDiffers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := input(t)
		in.TakeOver, in.Replace = true, anything // what is held is not carried out
		then := Diff(in)
		if rapid.Bool().Draw(t, "moved?") {
			other := input(t)
			if rapid.Bool().Draw(t, "git") {
				in.Desired = other.Desired
			} else {
				in.Observed = other.Observed
			}
		}
		now := map[schema.Key]Change{}
		for _, c := range Diff(in).Changes {
			now[c.Key] = c
		}
		for i, saved := range reread(t, then).Changes {
			was := then.Changes[i]
			is, there := now[saved.Key]
			if !there {
				continue
			}
			is.Unchanged = was.Unchanged // it says nothing that fields and body do not
			shifts := Shifts(saved, is, Seal(sealKey, "1", was), Seal(sealKey, "1", is))
			if same := fingerprint(was) == fingerprint(is); same != (len(shifts) == 0) {
				t.Fatalf("shifts %v between\n%s\n%s", shifts, fingerprint(was), fingerprint(is))
			}
			if strings.Contains(fmt.Sprintf("%v", shifts), canary) {
				t.Fatalf("a secret is in %v", shifts)
			}
		}
	})
}

// TestSealsTellNothing: equal secrets of two items, fields or peers do not show as equal, and the seals have
// nothing of the marks that a state keeps.
func TestSealsTellNothing(t *testing.T) {
	body := schema.Body{"p": sealed("x"), "o": map[string]any{"p": sealed("x"), "l": []any{sealed("x")}}, "q": "open"}
	change := Change{Key: schema.Key{Kind: "user", ID: "a"}, Body: body}
	other := change
	other.ID = "b"
	seen := map[string]bool{}
	for _, s := range []Seals{Seal(sealKey, "1", change), Seal(sealKey, "2", change), Seal(sealKey, "1", other), Seal([]byte("other key"), "1", change)} {
		if len(s.Secrets) != 3 || s.Secrets["/o/l/0"] == "" {
			t.Errorf("sealed %v", s.Secrets)
		}
		maps.Copy(seen, map[string]bool{s.Body: true})
		for _, seal := range s.Secrets {
			seen[seal] = true
			if strings.Contains(fmt.Sprint(marked("x")), seal) {
				t.Error("a seal is the mark itself")
			}
		}
	}
	if len(seen) != 4*4 {
		t.Errorf("%d seals of 16 differ", len(seen))
	}
	change.Body = schema.Replace(body, "/q", "closed")
	if a, b := Seal(sealKey, "1", Change{Key: change.Key, Body: body}), Seal(sealKey, "1", change); a.Body == b.Body || cmp.Diff(a.Secrets, b.Secrets) != "" {
		t.Error("a field that is no secret is not sealed apart from them")
	}
}

func TestShiftsSayWhatMoved(t *testing.T) {
	field := func(old, new any) Field { return Field{Path: []string{"address"}, Old: old, New: new, Reason: Git} }
	change := func(action Action, fields ...Field) Change {
		return Change{Key: schema.Key{Kind: "host", ID: "a"}, Action: action, Reason: Git, Fields: fields}
	}
	held := change(Update, field("a", "b"))
	held.hold(Hold{Why: InUse, By: "job/x"})
	waits := change(Update, field("a", "b"))
	waits.hold(Hold{Why: Consent})
	drift := change(Update, field("a", "b"))
	drift.Reason = Drift
	for name, test := range map[string]struct {
		now    Change
		is     Seals
		shifts []Shift
	}{
		"nothing":    {change(Update, field("a", "b")), Seals{}, nil},
		"the peer":   {change(Update, field("c", "b")), Seals{}, []Shift{{Path: []string{"address"}, Side: OnPeer, Was: "a", Now: "c"}}},
		"Git":        {change(Update, field("a", "d")), Seals{}, []Shift{{Path: []string{"address"}, Side: InGit, Was: "b", Now: "d"}}},
		"less":       {change(Update), Seals{}, []Shift{{Path: []string{"address"}, Text: "it was to change, and is not now"}}},
		"more":       {change(Update, field("a", "b"), Field{Path: []string{"x"}}), Seals{}, []Shift{{Path: []string{"x"}, Text: "it is to change now, and was not"}}},
		"the action": {change(Create), Seals{}, []Shift{{Text: "the plan was to update it, and now it would be to create it (changed in Git)"}}},
		"a secret":   {change(Update, field("a", "b")), Seals{Secrets: map[string]string{"/p": "1"}}, []Shift{{Path: []string{"p"}, Side: InGit, Secret: true}}},
		"a user":     {held, Seals{}, []Shift{{Text: "it is held now: job/x still uses it: take it out there too, or put host/a back into Git"}}},
		"a consent":  {waits, Seals{}, []Shift{{Text: "it is held now: it needs a consent (take-over) that the plan was made without"}}},
		"the reason": {drift, Seals{}, []Shift{{Text: "it was changed in Git, and is changed on the peer now"}}},
		"elsewhere":  {change(Update, field("a", "b")), Seals{Body: "1"}, []Shift{{Text: "Git wants another value in a field in which the peer has that value already"}}},
	} {
		if d := cmp.Diff(test.shifts, Shifts(change(Update, field("a", "b")), test.now, Seals{}, test.is)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRefusals: what they say, and that alike peers share one.
func TestRefusals(t *testing.T) {
	deletes := Refusal{Guard: MaxDeletes, N: 5, There: 9, Most: 3, Limit: "30%", Where: "guards.deletes"}
	on := func(r Refusal, peers ...string) Refusal { r.Peers = peers; return r }
	anew := func(r Refusal, n int) Refusal { r.Replaced = n; return r }
	updates := Refusal{Guard: MaxUpdates, N: 2, There: 9, Most: 1, Limit: "1", Where: "--max-updates"}
	empty := Refusal{Guard: Emptied, N: 9, There: 9}
	var got []string
	for _, r := range merged([]Refusal{
		on(deletes, "1"), on(empty, "1"), on(deletes, "2"), on(anew(deletes, 2), "3"), on(empty, "4"), on(anew(deletes, 5), "9"),
		on(updates, "5"), on(updates, "6"), on(updates, "7"), on(updates, "8"), on(updates, "10"), deletes, updates,
	}) {
		got = append(got, r.String())
	}
	want := []string{
		"5 of the 9 items on each of 1 and 2 would be deleted, and guards.deletes allows 3 (30%): none is. If that is meant, consent with --max-deletes 5, or raise guards.deletes.",
		"Git names no item for 1 and 4, and what is there (9 items each) would be deleted: none is. If that is meant, consent with --allow-empty 1,4; if not, put the items back, or suspend the peer, or let it share nothing.",
		"5 of the 9 items on 3 would be deleted (2 of them to be made anew), and guards.deletes allows 3 (30%): none is. If that is meant, consent with --max-deletes 5, or raise guards.deletes.",
		"5 of the 9 items on 9 would be deleted and made anew, and guards.deletes allows 3 (30%): none is. If that is meant, consent with --max-deletes 5, or raise guards.deletes.",
		"2 of the 9 items on each of 5, 6, 7 and 2 more peers would be changed, and --max-updates allows 1: none is. If that is meant, consent with --max-updates 2, or raise guards.updates.",
		"5 of the 9 items of the cluster would be deleted, and guards.deletes allows 3 (30%): none is. If that is meant, consent with --max-deletes 5, or raise guards.deletes.",
		"2 of the 9 items of the cluster would be changed, and --max-updates allows 1: none is. If that is meant, consent with --max-updates 2, or raise guards.updates.",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

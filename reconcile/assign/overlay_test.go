package assign

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/schema"
)

// levers is a cluster whose jobs are switched, whose routes are there or not, and whose users no role runs.
func levers(roles map[string]schema.Role) *schema.Cluster {
	return &schema.Cluster{
		Provider: schema.Provider{Kinds: map[string]schema.Kind{
			"job":   {Lever: &schema.Lever{Active: schema.Body{"status": int64(1)}, Standby: map[string]any{"status": int64(0)}}},
			"route": {Lever: &schema.Lever{Active: schema.Body{}, Standby: "absent"}},
			"user":  {},
		}},
		Roles: roles,
	}
}

func desired() schema.Items {
	return schema.Items{
		"job":   {"a": {"cron": "1"}, "b": {"cron": "2", "status": int64(7)}, "c": {"cron": "3"}},
		"route": {"in": {"to": "sap"}, "out": {"to": "as2"}},
		"user":  {"alice": {"uid": int64(1)}},
	}
}

func job(ids ...string) map[string]schema.Selection {
	return map[string]schema.Selection{"job": {All: len(ids) == 0, IDs: ids}}
}

// on is the jobs of a peer and their states, and which routes there are.
func on(items schema.Items) map[string]any {
	states := map[string]any{}
	for id, body := range items["job"] {
		states[id] = body["status"]
	}
	for id := range items["route"] {
		states[id] = true
	}
	return states
}

func TestOverlay(t *testing.T) {
	one := map[schema.Place]string{{Role: "r"}: "1001"}
	for name, c := range map[string]struct {
		roles   map[string]schema.Role
		holders map[schema.Place]string
		deals   map[string]Deal
		serial  string
		want    map[string]any
	}{
		"held": {
			map[string]schema.Role{"r": {Runs: job()}},
			one, nil, "1001",
			map[string]any{"a": int64(1), "b": int64(1), "c": int64(1), "in": true, "out": true},
		},
		"held elsewhere": {
			map[string]schema.Role{"r": {Runs: job()}},
			one, nil, "1002",
			map[string]any{"a": int64(0), "b": int64(0), "c": int64(0), "in": true, "out": true},
		},
		"held by nobody": {
			map[string]schema.Role{"r": {Runs: job()}},
			map[schema.Place]string{{Role: "r"}: ""},
			nil, "",
			map[string]any{"a": int64(0), "b": int64(0), "c": int64(0), "in": true, "out": true},
		},
		"what no role runs stays": {
			map[string]schema.Role{"r": {Runs: job("a")}},
			one, nil, "1002",
			map[string]any{"a": int64(0), "b": int64(7), "c": nil, "in": true, "out": true},
		},
		"absent on standby": {
			map[string]schema.Role{"r": {Runs: map[string]schema.Selection{"route": {IDs: []string{"i*"}}}}},
			one, nil, "1002",
			map[string]any{"a": nil, "b": int64(7), "c": nil, "out": true},
		},
		"there where it is held": {
			map[string]schema.Role{"r": {Runs: map[string]schema.Selection{"route": {All: true}}}},
			one, nil, "1001",
			map[string]any{"a": nil, "b": int64(7), "c": nil, "in": true, "out": true},
		},
		"another place of the role": {
			map[string]schema.Role{"r": {Runs: job("a")}},
			map[schema.Place]string{{Role: "r"}: "1001", {Role: "r", Number: 1}: "1002"},
			nil, "1002",
			map[string]any{"a": int64(1), "b": int64(7), "c": nil, "in": true, "out": true},
		},
		"of two roles one is held": {
			map[string]schema.Role{"r": {Runs: job("a", "b")}, "s": {Runs: job("b", "c")}},
			one, nil, "1001",
			map[string]any{"a": int64(1), "b": int64(1), "c": int64(0), "in": true, "out": true},
		},
		"spread": {
			map[string]schema.Role{"r": {Runs: job(), Spread: true}},
			map[schema.Place]string{{Role: "r"}: "1001", {Role: "r", Number: 1}: "1002"},
			map[string]Deal{"r": {{Kind: "job", ID: "a"}: 0, {Kind: "job", ID: "b"}: 1}},
			"1002",
			map[string]any{"a": int64(0), "b": int64(1), "c": int64(0), "in": true, "out": true}, // c was dealt to nobody yet
		},
		"spread, and another role runs all": {
			map[string]schema.Role{"r": {Runs: job(), Spread: true}, "s": {Runs: job("c")}},
			map[schema.Place]string{{Role: "r"}: "1001", {Role: "s"}: "1001"},
			map[string]Deal{"r": {{Kind: "job", ID: "a"}: 0}},
			"1001",
			map[string]any{"a": int64(1), "b": int64(0), "c": int64(1), "in": true, "out": true},
		},
		"a kind without a lever": {
			map[string]schema.Role{"r": {Runs: map[string]schema.Selection{"user": {All: true}, "none": {All: true}}}},
			one, nil, "1001",
			map[string]any{"a": nil, "b": int64(7), "c": nil, "in": true, "out": true},
		},
		"no roles": {nil, one, nil, "1001", map[string]any{"a": nil, "b": int64(7), "c": nil, "in": true, "out": true}},
	} {
		t.Run(name, func(t *testing.T) {
			items := desired()
			got := Overlay(levers(c.roles), NewHolds(c.holders, c.deals), c.serial, items)
			if d := cmp.Diff(c.want, on(got)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if d := cmp.Diff(desired(), items); d != "" {
				t.Errorf("what was desired is modified:\n%s", d)
			}
		})
	}
}

// TestOverlayCopiesLittle: kinds and bodies that no role is about are the very same maps.
func TestOverlayCopiesLittle(t *testing.T) {
	items := desired()
	got := Overlay(levers(map[string]schema.Role{"r": {Runs: job("a")}}), NewHolds(nil, nil), "1001", items)
	items["user"]["bob"] = schema.Body{}
	items["route"]["new"] = schema.Body{}
	items["job"]["b"]["cron"] = "changed"
	if len(got["user"]) != 2 || len(got["route"]) != 3 || got["job"]["b"]["cron"] != "changed" {
		t.Errorf("copied without need: %v", got)
	}
	items["job"]["a"]["cron"] = "changed"
	if got["job"]["a"]["cron"] != "1" {
		t.Error("a body that is switched must be a copy")
	}
}

func TestIdle(t *testing.T) {
	holds := NewHolds(map[schema.Place]string{{Role: "r"}: "1001", {Role: "s"}: ""}, nil)
	if holds.Idle("1001") || !holds.Idle("1002") || !holds.Idle("") {
		t.Error("1001 alone holds something")
	}
}

// TestOverlayByteForByte: two runs over the same maps give the same bytes.
func TestOverlayByteForByte(t *testing.T) {
	c := levers(map[string]schema.Role{"r": {Runs: job("a", "b")}, "s": {Runs: job("b", "c")}, "t": {Runs: job()}})
	holds := NewHolds(map[schema.Place]string{{Role: "s"}: "1001"}, nil)
	want, _ := json.Marshal(Overlay(c, holds, "1001", desired()))
	for range 20 {
		c.Roles = maps.Clone(c.Roles)
		if got, _ := json.Marshal(Overlay(c, holds, "1001", desired())); string(got) != string(want) {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
}

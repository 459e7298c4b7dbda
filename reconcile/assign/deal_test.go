package assign

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/schema"
)

// dealing is a cluster of three LIVE peers, two of them in the east, that hold a pool which shares out four jobs of all
// and two of the east.
func dealing() Input {
	lever := &schema.Lever{Active: schema.Body{"on": true}, Standby: "absent"}
	all := map[string]schema.Sharing{"c": schema.WithAll}
	c := &schema.Cluster{
		Peers: map[string]schema.Peer{
			"1": {Electable: true, Group: "east", Share: all},
			"2": {Electable: true, Group: "east", Share: all},
			"3": {Electable: true, Group: "west", Share: all},
		},
		Groups:   map[string]schema.Group{"east": {Items: schema.Items{"job": {"e1": {}, "e2": {}}}}},
		Items:    schema.Items{"job": {"a": {}, "b": {}, "c": {}, "d": {}}, "user": {"u": {}}},
		Provider: schema.Provider{Kinds: map[string]schema.Kind{"job": {Class: "c", Lever: lever}, "user": {Class: "c"}}},
		Roles: map[string]schema.Role{"pool": {
			Holders: schema.Holders{Named: "all"}, Failover: true, First: "rank", Spread: true,
			Runs: map[string]schema.Selection{"job": {All: true}, "user": {All: true}},
		}},
	}
	in := Input{Cluster: c, Health: map[string]Health{}, Now: noon()}
	for serial := range c.Peers {
		in.Health[serial] = Health{health.Live, noon()}
	}
	in.Previous = carryOut(in, Assign(in))
	return in
}

// numbers is a deal by id.
func numbers(d Deal) map[string]int {
	ids := map[string]int{}
	for key, place := range d {
		ids[key.ID] = place
	}
	return ids
}

// TestDealWhoHasIt: an item is dealt to a place only whose holder has it, and that is not left alone there; and who gets
// more of what only some have gets less of the rest.
func TestDealWhoHasIt(t *testing.T) {
	in := dealing()
	want := map[string]int{"e1": 0, "e2": 1, "a": 0, "b": 1, "c": 2, "d": 2}
	if d := cmp.Diff(want, numbers(Assign(in).Roles["pool"].Deal)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	for name, change := range map[string]func(*schema.Peer){
		"does not share it": func(p *schema.Peer) { p.Share = nil },
		"leaves it":         func(p *schema.Peer) { p.Leave = map[string]schema.Selection{"job": {All: true}} },
		"takes it away": func(p *schema.Peer) {
			p.Items = schema.Items{"job": {"a": nil, "b": nil, "c": nil, "d": nil}}
		},
	} {
		in := dealing()
		peer := in.Cluster.Peers["3"]
		change(&peer)
		in.Cluster.Peers["3"] = peer
		want := map[string]int{"a": 0, "b": 1, "c": 0, "d": 1, "e1": 0, "e2": 1}
		if d := cmp.Diff(want, numbers(Assign(in).Roles["pool"].Deal)); d != "" {
			t.Errorf("3 %s: -want +got:\n%s", name, d)
		}
	}
}

// TestDealWhoHasItInAGroup: of two in one group one may have less than the other.
func TestDealWhoHasItInAGroup(t *testing.T) {
	without := map[string]int{"a": 0, "b": 2, "c": 0, "d": 2, "e1": 0, "e2": 0}
	for name, c := range map[string]struct {
		change func(*schema.Peer)
		want   map[string]int
	}{
		"does not share it": {func(p *schema.Peer) { p.Share = nil }, without},
		"leaves it": {
			func(p *schema.Peer) { p.Leave = map[string]schema.Selection{"job": {All: true}} }, without,
		},
		"takes some away": {
			func(p *schema.Peer) { p.Items = schema.Items{"job": {"a": nil, "b": nil, "c": nil, "d": nil}} },
			map[string]int{"a": 0, "b": 2, "c": 0, "d": 2, "e1": 0, "e2": 1},
		},
	} {
		in := dealing()
		peer := in.Cluster.Peers["2"]
		c.change(&peer)
		in.Cluster.Peers["2"] = peer
		if d := cmp.Diff(c.want, numbers(Assign(in).Roles["pool"].Deal)); d != "" {
			t.Errorf("2 %s: -want +got:\n%s", name, d)
		}
	}
}

// TestDealOfNobody: what no holder has is not dealt.
func TestDealOfNobody(t *testing.T) {
	in := dealing()
	in.Health["1"], in.Health["2"] = Health{health.Dead, noon()}, Health{health.Dead, noon()}
	all := numbers(Assign(in).Roles["pool"].Deal)
	if len(all) != 6 {
		t.Errorf("who is DEAD may still run what was dealt to it: %v", all)
	}
	in.Previous = carryOut(in, Assign(in))
	want := map[string]int{"a": 2, "b": 2, "c": 2, "d": 2} // e1 and e2 are the east's
	if d := cmp.Diff(want, numbers(Assign(in).Roles["pool"].Deal)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestDealStays: what was dealt stays, also where it would be dealt otherwise today, as long as it is even.
func TestDealStays(t *testing.T) {
	in := dealing()
	in.Cluster.Groups = nil
	before := Deal{}
	for id, place := range map[string]int{"a": 2, "b": 2, "c": 0, "d": 1} {
		before[schema.Key{Kind: "job", ID: id}] = place
	}
	in.Deal = map[string]Deal{"pool": before}
	if d := cmp.Diff(before, Assign(in).Roles["pool"].Deal); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	// A fifth and a sixth item go to where there are fewest, and none of the others moves.
	in.Cluster.Items["job"]["e"], in.Cluster.Items["job"]["f"] = schema.Body{}, schema.Body{}
	want := map[string]int{"a": 2, "b": 2, "c": 0, "d": 1, "e": 0, "f": 1}
	if d := cmp.Diff(want, numbers(Assign(in).Roles["pool"].Deal)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestDealJSON(t *testing.T) {
	want := Deal{{Kind: "job", ID: "a/b"}: 2, {Kind: "job", ID: "c"}: 0}
	data, err := json.Marshal(want)
	if err != nil || string(data) != `{"job/a/b":2,"job/c":0}` {
		t.Fatalf("%s, %v", data, err)
	}
	var got Deal
	if err := json.Unmarshal(data, &got); err != nil || !cmp.Equal(want, got) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{`{"job": 1}`, `{"job/a": "x"}`, `[]`} {
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}

// TestDealIsEvenAnyway: a thousand items among seven.
func TestDealIsEvenAnyway(t *testing.T) {
	in := dealing()
	for i := range 4 {
		serial := fmt.Sprint(4 + i)
		in.Cluster.Peers[serial] = in.Cluster.Peers["3"]
		in.Health[serial] = in.Health["3"]
	}
	in.Previous = carryOut(in, Assign(in))
	for i := range 1000 {
		in.Cluster.Items["job"][fmt.Sprint("j", i)] = schema.Body{}
	}
	n := map[int]int{}
	for _, place := range Assign(in).Roles["pool"].Deal {
		n[place]++
	}
	for place, count := range n {
		if count < 143 || count > 145 { // 1004 of all, give or take one, and one of the east's two
			t.Errorf("place %d has %d", place, count)
		}
	}
}

package rules

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// drawCluster draws small clusters of few names, so that two of them have much in common.
func drawCluster(t *rapid.T, is string) *schema.Cluster {
	draw := drawn{t, is}
	c := &schema.Cluster{
		Name:      draw.of("mft", "mft", "edi"),
		Transport: draw.of("https", "http"),
		Provider: schema.Provider{
			Name: "product", Port: schema.Ports{HTTP: 80, HTTPS: 443},
			Kinds: map[string]schema.Kind{"user": {Class: "hosts"}, "job": {Class: "schedule"}},
			Kept:  schema.Kept{Transport: true, Roles: []string{"master"}},
		},
		Items: draw.declared(), Leave: draw.selections("a*", "", ""), Suspended: draw.suspended(),
		Groups: map[string]schema.Group{"east": {Items: draw.items(), Leave: draw.selections("b*")}, "west": {Items: draw.items()}},
		Guards: schema.Guards{Protect: draw.selections("*", "*", "a*", "bob")},
		Roles:  map[string]schema.Role{"master": {Candidates: []string{draw.of("1", "2", "3")}}},
		Peers:  map[string]schema.Peer{},
	}
	for _, serial := range []string{"1", "2", "3", "4"} {
		if draw.of("there", "there", "not") == "there" {
			c.Peers[serial] = schema.Peer{
				Address: draw.of("n1", "n2", "n3", "n4"), Alias: draw.of("", "", "alpha"), Group: draw.of("", "east", "east", "west"),
				Share: map[string]schema.Sharing{"hosts": draw.sharing(), "schedule": draw.sharing()},
				Items: draw.items(), Leave: draw.selections("b*", ""), Suspended: draw.suspended(),
			}
		}
	}
	return c
}

// drawChange draws two clusters, of which the second mostly is as the first.
func drawChange(t *rapid.T) (old, next *schema.Cluster) {
	old, next = drawCluster(t, "old"), drawCluster(t, "next")
	same := drawn{t, "same"}
	for _, take := range []func(){
		func() { next.Items = old.Items }, func() { next.Groups = old.Groups },
		func() { next.Leave = old.Leave }, func() { next.Guards = old.Guards },
	} {
		if same.of("same", "same", "new") == "same" {
			take()
		}
	}
	for _, serial := range old.Serials() {
		is, was := next.Peers[serial], old.Peers[serial]
		switch same.of("peer", "all but items", "all but share", "all but leave", "nothing") {
		case "peer":
			is = was
		case "all but items":
			is = schema.Peer{Address: was.Address, Share: was.Share, Group: was.Group, Leave: was.Leave, Items: is.Items}
		case "all but share":
			is = schema.Peer{Address: was.Address, Share: is.Share, Group: was.Group, Leave: was.Leave, Items: was.Items}
		case "all but leave":
			is = schema.Peer{Address: was.Address, Share: was.Share, Group: was.Group, Leave: is.Leave, Items: was.Items}
		}
		next.Peers[serial] = is
	}
	return old, next
}

type drawn struct {
	t  *rapid.T
	is string
}

func (d drawn) of(values ...string) string { return rapid.SampledFrom(values).Draw(d.t, d.is) }

func (d drawn) sharing() schema.Sharing {
	return schema.Sharing(d.of("all", "all", "all", "group", "none"))
}

func (d drawn) items() schema.Items {
	items := schema.Items{}
	for _, key := range []schema.Key{{Kind: "user", ID: "alice"}, {Kind: "user", ID: "bob"}, {Kind: "job", ID: "alice"}} {
		switch d.of("", "", "declared", "declared", "taken away") {
		case "declared":
			items[key.Kind] = with(items[key.Kind], key.ID, schema.Body{"x": int64(1)})
		case "taken away":
			items[key.Kind] = with(items[key.Kind], key.ID, schema.Body(nil))
		}
	}
	return items
}

// declared are items of the widest scope, where nothing can be taken away.
func (d drawn) declared() schema.Items {
	items := d.items()
	for _, bodies := range items {
		maps.DeleteFunc(bodies, func(_ string, body schema.Body) bool { return body == nil })
	}
	return items
}

func (d drawn) selections(patterns ...string) map[string]schema.Selection {
	selections := map[string]schema.Selection{}
	for _, kind := range []string{"user", "job"} {
		switch pattern := d.of(append(patterns, "", "")...); pattern {
		case "":
		case "*":
			selections[kind] = schema.Selection{All: true}
		default:
			selections[kind] = schema.Selection{IDs: []string{pattern}}
		}
	}
	return selections
}

func (d drawn) suspended() *schema.Suspended {
	return map[string]*schema.Suspended{"for good": {}, "for a while": {Until: "2026-01-31T18:00Z"}}[d.of("", "", "", "for good", "for a while")]
}

// TestNoTransition: what does not change breaks nothing.
func TestNoTransition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCluster(t, "cluster")
		if got := Transitions(c, c); got != nil {
			t.Fatalf("got %v", got)
		}
	})
}

// TestRemains: what is kept of a cluster, as a store keeps it, says the same as all of it.
func TestRemains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, next := drawCluster(t, "old"), drawCluster(t, "next")
		data, err := json.Marshal(Remains(old))
		if err != nil {
			t.Fatal(err)
		}
		var kept schema.Cluster
		if err := json.Unmarshal(data, &kept); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(Transitions(old, next), Transitions(&kept, next)); d != "" {
			t.Fatalf("-of the whole +of what is kept:\n%s", d)
		}
	})
}

// TestRemainsReach: a peer that is gone is reached by what is kept as it was by all of it, its sidecar too.
func TestRemainsReach(t *testing.T) {
	t.Parallel()
	was := schema.Peer{
		Address: "n1", SecurePort: 8443, Credentials: schema.Credentials{User: "ada", Password: "env:PW"}, Note: "not asked for",
		Sidecar: schema.Sidecar{Address: "n1:7143", Credentials: schema.Credentials{Token: "env:TOKEN"}},
		Health:  schema.Health{Dead: "9s"}, Share: map[string]schema.Sharing{"schedule": schema.WithAll},
	}
	c := &schema.Cluster{Name: "mft", Peers: map[string]schema.Peer{"1001": was}}
	was.Note = ""
	if d := cmp.Diff(was, Remains(c).Peers["1001"]); d != "" {
		t.Errorf("-as it was +as it is kept:\n%s", d)
	}
}

// TestLosses compares what peers lose with what they shall hold before and after.
func TestLosses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, next := drawChange(t)
		var want, got []string
		for _, serial := range stay(old, next) {
			for _, key := range lost(old, next, serial) {
				want = append(want, serial+" loses "+key.String())
			}
		}
		for kind := range old.Guards.Protect {
			for cause, loss := range lossesOf(old, next, kind) {
				if loss.peers != len(loss.first) {
					t.Fatalf("%d of %d peers", len(loss.first), loss.peers)
				}
				for _, serial := range loss.first {
					got = append(got, serial+" loses "+kind+"/"+cause.id)
				}
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			was, _ := json.Marshal(old)
			is, _ := json.Marshal(next)
			t.Fatalf("got %q, want %q\nold  %s\nnext %s", got, want, was, is)
		}
	})
}

func lost(old, next *schema.Cluster, serial string) []schema.Key {
	var keys []schema.Key
	is := next.Desired(serial)
	for kind, bodies := range old.Desired(serial) {
		for id := range bodies {
			key := schema.Key{Kind: kind, ID: id}
			protected := old.Guards.Protect[kind].Names(id) && !old.Leaves(serial, key)
			if read, shared := is[kind]; protected && shared && read[id] == nil && !next.Leaves(serial, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// TestRemedies: what each rule says to do leads from any cluster to any other in two steps that it allows.
func TestRemedies(t *testing.T) {
	steps := map[string]func(old, next, step *schema.Cluster){
		"cluster-renamed":   func(_, _, step *schema.Cluster) { step.Peers = nil },
		"peer-renamed":      func(old, next, step *schema.Cluster) { keepOnly(step, stay(old, next)) },
		"protected-dropped": func(_, _, step *schema.Cluster) { step.Guards.Protect = nil },
		"master-kept":       func(old, _, step *schema.Cluster) { keepOnly(step, old.Roles["master"].Candidates) },
		"transport-kept":    func(old, _, step *schema.Cluster) { keepOnly(step, old.Serials()[:min(1, len(old.Peers))]) },
	}
	for _, rule := range AllTransitions() {
		t.Run(rule.ID, rapid.MakeCheck(func(t *rapid.T) {
			old, next := drawCluster(t, "old"), drawCluster(t, "next")
			step := *old
			steps[rule.ID](old, next, &step)
			for _, problem := range append(Transitions(old, &step), Transitions(&step, next)...) {
				if problem.Rule == rule.ID {
					t.Fatalf("refused: %v", problem)
				}
			}
		}))
	}
}

func keepOnly(c *schema.Cluster, serials []string) {
	c.Peers = maps.Clone(c.Peers)
	maps.DeleteFunc(c.Peers, func(serial string, _ schema.Peer) bool { return !slices.Contains(serials, serial) })
}

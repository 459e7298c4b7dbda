package schema

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSerials(t *testing.T) {
	c := Cluster{Peers: map[string]Peer{"HC10": {}, "9": {}, "HC9": {}, "10": {}, "HC09": {}}}
	if got, want := c.Serials(), []string{"9", "10", "HC9", "HC09", "HC10"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// example has one item at each scope, and one that a wider scope has and a narrower one changes.
func example(t testing.TB) Cluster {
	return Cluster{
		Provider: Provider{Kinds: map[string]Kind{"user": {Class: "hosts"}, "job": {Class: "schedule"}}},
		Items: Items{
			"user": {"all": object(t, `{"home":"/a","limit":{"up":1,"down":2}}`), "less": object(t, `{"home":"/l"}`)},
			"job":  {"nightly": object(t, `{"cron":"0 2 * * *"}`)},
		},
		Groups: map[string]Group{
			"east": {Items: Items{"user": {"all": object(t, `{"limit":{"up":5}}`), "less": nil, "east": object(t, `{"home":"/e"}`)}}},
			"west": {},
		},
		Peers: map[string]Peer{
			"1": {Group: "east", Share: map[string]Sharing{"hosts": WithAll, "schedule": WithNone}, Items: Items{
				"user": {"all": object(t, `{"limit":{"down":null}}`), "less": object(t, `{"home":"/1"}`), "east": nil},
			}},
			"2": {Group: "east", Share: map[string]Sharing{"hosts": WithAll, "schedule": WithAll}},
			"3": {Share: map[string]Sharing{"hosts": WithAll, "schedule": WithAll}, Items: Items{"job": {"nightly": nil}}},
			"4": {Group: "west"},
			"6": {Group: "east", Share: map[string]Sharing{"hosts": WithGroup}},
		},
	}
}

func TestDesired(t *testing.T) {
	c := example(t)
	before := text(t, c)
	for serial, want := range map[string]string{
		"1": `{"user":{"all":{"home":"/a","limit":{"up":5}},"less":{"home":"/1"}}}`,
		"2": `{"job":{"nightly":{"cron":"0 2 * * *"}},"user":{"all":{"home":"/a","limit":{"down":2,"up":5}},"east":{"home":"/e"}}}`,
		"3": `{"job":{},"user":{"all":{"home":"/a","limit":{"down":2,"up":1}},"less":{"home":"/l"}}}`,
		"4": `{}`,
		"5": `{}`,
		"6": `{"user":{"all":{"limit":{"up":5}},"east":{"home":"/e"}}}`,
	} {
		if got := text(t, c.Desired(serial)); got != want {
			t.Errorf("%s: got %s, want %s", serial, got, want)
		}
	}
	if text(t, c) != before {
		t.Error("the cluster was modified")
	}
}

func TestShared(t *testing.T) {
	c := example(t)
	for serial, want := range map[string][]string{"1": {"user"}, "2": {"job", "user"}, "4": nil, "5": nil} {
		var got []string
		for name, kind := range c.Shared(serial) {
			if !reflect.DeepEqual(kind, c.Provider.Kinds[name]) {
				t.Errorf("%s: %s is another kind", serial, name)
			}
			got = append(got, name)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", serial, got, want)
		}
	}
}

func TestDesiredAgreesWithNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := clusters().Draw(t, "cluster")
		before := text(t, c)
		for serial := range c.Peers {
			got, want := c.Desired(serial), naive(c, serial)
			if text(t, got) != text(t, want) {
				t.Fatalf("%s: got %s, want %s", serial, text(t, got), text(t, want))
			}
			if len(got) != len(c.Shared(serial)) {
				t.Fatalf("%s: Desired and Shared name different kinds", serial)
			}
		}
		if text(t, c) != before {
			t.Fatal("the cluster was modified")
		}
	})
}

// naive says what a peer holds item by item: an object under the kinds is as good a patch as one in a body.
func naive(c Cluster, serial string) map[string]any {
	peer, all := c.Peers[serial], map[string]any{}
	for kind, k := range c.Provider.Kinds {
		bodies := patchOf(c.Items[kind])
		switch peer.Share[k.Class] {
		case WithAll:
		case WithGroup:
			bodies = nil
		default:
			continue
		}
		for _, changes := range []map[string]Body{c.Groups[peer.Group].Items[kind], peer.Items[kind]} {
			for id, change := range changes {
				bodies = mergePatch(bodies, map[string]any{id: anyOf(change)})
			}
		}
		all[kind] = bodies
	}
	return all
}

func patchOf(bodies map[string]Body) any {
	if bodies == nil {
		return nil
	}
	patch := map[string]any{}
	for id, body := range bodies {
		patch[id] = anyOf(body)
	}
	return patch
}

func anyOf(body Body) any {
	if body == nil {
		return nil
	}
	return map[string]any(body)
}

func clusters() *rapid.Generator[Cluster] {
	kind, class, group := rapid.SampledFrom([]string{"k1", "k2"}), rapid.SampledFrom([]string{"c1", "c2"}), rapid.SampledFrom([]string{"", "g1", "g2"})
	body := rapid.Map(objects(2), func(o map[string]any) Body { return o })
	items := rapid.MapOfN(kind, rapid.MapOfN(rapid.SampledFrom([]string{"x", "y", "z"}), body, 0, 3), 0, 2)
	changes := rapid.MapOfN(kind, rapid.MapOfN(rapid.SampledFrom([]string{"x", "y", "z"}), rapid.OneOf(body, rapid.Just(Body(nil))), 0, 3), 0, 2)
	return rapid.Custom(func(t *rapid.T) Cluster {
		c := Cluster{
			Provider: Provider{Kinds: map[string]Kind{"k1": {Class: class.Draw(t, "k1")}, "k2": {Class: class.Draw(t, "k2")}}},
			Items:    items.Draw(t, "items"),
			Groups:   map[string]Group{"g1": {Items: changes.Draw(t, "g1")}, "g2": {Items: changes.Draw(t, "g2")}},
			Peers:    map[string]Peer{},
		}
		for _, serial := range []string{"1", "2"} {
			c.Peers[serial] = Peer{
				Group: group.Draw(t, "group"), Items: changes.Draw(t, "changes"),
				Share: rapid.MapOf(class, rapid.SampledFrom([]Sharing{WithAll, WithGroup, WithNone})).Draw(t, "share"),
			}
		}
		return c
	})
}

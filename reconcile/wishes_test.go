package reconcile

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// anyItems are items of hosts and folders: or changes of them, some of which take an item away.
func anyItems(r *rapid.T, changes bool, name string) schema.Items {
	items := schema.Items{}
	for _, kind := range []string{"host", "folder"} {
		for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3, rapid.ID).Draw(r, name+kind) {
			body := schema.Body{"path": rapid.SampledFrom([]any{"/a", "/b", nil}).Draw(r, "path")}
			if rapid.Bool().Draw(r, "secret") {
				body["password"] = rapid.SampledFrom([]any{"env:A", "env:B", "env:C", 1, nil}).Draw(r, "password")
			}
			if !changes {
				maps.DeleteFunc(body, func(_ string, v any) bool { return v == nil })
			} else if rapid.IntRange(0, 3).Draw(r, "away") == 0 {
				body = nil
			}
			if items[kind] == nil {
				items[kind] = map[string]schema.Body{}
			}
			items[kind][id] = body
		}
	}
	return items
}

// anyCluster has peers that have much in common, and something of their own.
func anyCluster(r *rapid.T) *schema.Cluster {
	c := &schema.Cluster{
		Provider: schema.Provider{Kinds: map[string]schema.Kind{"folder": {Class: "folders"}, "host": {Class: "hosts", Secrets: []string{"/password"}}}},
		Items:    anyItems(r, false, "cluster"), Peers: map[string]schema.Peer{}, Groups: map[string]schema.Group{},
	}
	for _, group := range []string{"east", "west"} {
		c.Groups[group] = schema.Group{Items: anyItems(r, true, group)}
	}
	sharing := rapid.SampledFrom([]schema.Sharing{schema.WithAll, schema.WithAll, schema.WithGroup, schema.WithNone})
	for i := range 4 {
		peer := schema.Peer{
			Group: rapid.SampledFrom([]string{"", "east", "west"}).Draw(r, "group"),
			Share: map[string]schema.Sharing{"hosts": sharing.Draw(r, "hosts"), "folders": sharing.Draw(r, "folders")},
		}
		if rapid.Bool().Draw(r, "own") {
			peer.Items = anyItems(r, true, "own")
		}
		c.Peers[fmt.Sprint(i)] = peer
	}
	return c
}

// wished is what a peer shall hold, worked out for it alone; an item whose secret is not known is an error.
func wished(run *Reconciler, c *schema.Cluster, serial string) (schema.Items, bool) {
	desired, known := schema.Items{}, true
	for kind, bodies := range c.Desired(serial) {
		desired[kind] = map[string]schema.Body{}
		for id, body := range bodies {
			sealed, err := run.sealBody(schema.Key{Kind: kind, ID: id}, body, c.Provider.Kinds[kind].Secrets)
			desired[kind][id], known = sealed, known && err == nil
		}
	}
	return desired, known
}

// TestWishesAreEachPeersOwn: that they are worked out together shows nowhere. Equal hashes mean that the
// same is desired, and who shall hold the same and has nothing of its own has an equal hash.
func TestWishesAreEachPeersOwn(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(r)
		c := anyCluster(r)
		shared, seen := w.run.wishes(c), map[string]schema.Items{}
		for _, serial := range c.Serials() {
			got, sums, err := shared.of(serial)
			want, known := wished(w.run, c, serial)
			if (err == nil) != known {
				r.Fatalf("%s: %v, and all is known: %v", serial, err, known)
			}
			if err != nil {
				continue
			}
			if d := cmp.Diff(want, got, cmpopts.EquateEmpty(), marks); d != "" {
				r.Fatalf("%s: -want +got:\n%s", serial, d)
			}
			all, err := sums.all()
			w.ok(err)
			alone, again, err := w.run.wishes(c).of(serial)
			w.ok(err)
			once, err := again.all()
			w.ok(err)
			if d := cmp.Diff(once, all); d != "" || !cmp.Equal(alone, got, cmpopts.EquateEmpty(), marks) {
				r.Fatalf("%s: the hash depends on who else there is: %s", serial, d)
			}
			for kind, sum := range all {
				if before, there := seen[kind+sum]; there && !cmp.Equal(before[kind], got[kind], cmpopts.EquateEmpty(), marks) {
					r.Fatalf("%s: two wishes have one hash: %v, %v", serial, before[kind], got[kind])
				}
				seen[kind+sum] = got
			}
		}
	})
}

// marks compares secrets as hashes do.
var marks = cmp.Comparer(func(a, b schema.Secret) bool { return a.Mark() == b.Mark() })

// TestWhatPeersShareIsWorkedOutOnce: every secret is looked up once, however many peers get it.
func TestWhatPeersShareIsWorkedOutOnce(t *testing.T) {
	w := newWorld(t, "1", "2", "3", "4")
	w.git(`host/a "password": "env:A"`, `host/b "password": "env:B"`, `folder/a "path": "/a"`)
	w.cluster.Peers["4"] = schema.Peer{Share: w.cluster.Peers["1"].Share, Items: schema.Items{"host": {"a": {"port": int64(1)}}}}
	var asked []string
	resolve := w.run.Secrets
	w.run.Parallelism = 1
	w.run.Secrets = func(reference string) (string, error) {
		asked = append(asked, reference)
		return resolve(reference)
	}
	w.plan()
	if got := strings.Join(asked, " "); strings.Count(got, "env:A") != 2 || strings.Count(got, "env:B") != 1 {
		t.Errorf("asked for %s", got)
	}
}

// TestChangesOfAPeerAreInItsHash: what a peer takes away, or writes itself, makes another hash; so does what
// it changes.
func TestChangesOfAPeerAreInItsHash(t *testing.T) {
	w := newWorld(t, "1", "2", "3", "4", "5")
	w.git(`folder/a "path": "/a"`, `folder/b "path": "/b"`)
	own := func(serial string, changes map[string]schema.Body) {
		w.cluster.Peers[serial] = schema.Peer{Share: w.cluster.Peers["1"].Share, Items: schema.Items{"folder": changes}}
	}
	own("2", map[string]schema.Body{"a": nil})
	own("3", map[string]schema.Body{"b": nil})
	own("4", map[string]schema.Body{"a": {"path": "/own"}})
	w.cluster.Peers["5"] = schema.Peer{Share: map[string]schema.Sharing{"folders": schema.WithGroup}, Items: w.cluster.Peers["4"].Items}
	sums, wishes := map[string]string{}, w.run.wishes(w.cluster)
	for _, serial := range w.cluster.Serials() {
		_, hashes, err := wishes.of(serial)
		w.ok(err)
		all, err := hashes.all()
		w.ok(err)
		if other, there := sums[all["folder"]]; there {
			t.Errorf("%s and %s have one hash", serial, other)
		}
		sums[all["folder"]] = serial
	}
}

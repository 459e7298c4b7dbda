package main

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// dump is what peers hold, on its way into files.
type dump struct {
	cluster  *schema.Cluster
	surveyed []reconcile.Surveyed
	holders  []holding
	pkg      string
	fitted   map[holding]load.Fitted
}

// holding is an item on a peer.
type holding struct {
	schema.Key
	serial string
}

// gather takes the chosen items together, those of one name beside each other.
func gather(c *schema.Cluster, surveyed []reconcile.Surveyed, chosen choice) *dump {
	d := &dump{cluster: c, surveyed: surveyed, fitted: map[holding]load.Fitted{}}
	for _, s := range surveyed {
		for kind, bodies := range s.Items {
			for id := range bodies {
				if key := (schema.Key{Kind: kind, ID: id}); chosen.has(key) {
					d.holders = append(d.holders, holding{key, s.Serial})
				}
			}
		}
	}
	slices.SortFunc(d.holders, func(a, b holding) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), schema.CompareSerials(a.ID, b.ID), schema.CompareSerials(a.serial, b.serial))
	})
	return d
}

// shown are the items as their peers show them, but for what they show in the place of a secret that they
// keep to themselves, such as a hash: nobody can name the secret by it, and so it stays as it is there.
func (d *dump) shown() []load.Found {
	items := map[string]schema.Items{}
	for _, s := range d.surveyed {
		items[s.Serial] = s.Items
	}
	found := make([]load.Found, len(d.holders))
	for i, h := range d.holders {
		body := map[string]any(items[h.serial][h.Kind][h.ID])
		for _, pointer := range d.cluster.Provider.Kinds[h.Kind].Exact {
			body = schema.Remove(body, pointer)
		}
		found[i] = load.Found{Key: h.Key, Body: body}
	}
	return found
}

// fit takes in the items as people would write them.
func (d *dump) fit(fits load.Fits) {
	d.pkg = fits.Package
	for i, f := range fits.Items {
		d.fitted[d.holders[i]] = f
	}
}

// whole is the deal of what the items come to, with all defaults.
func (d *dump) whole() schema.Deal {
	held := map[string]schema.Items{}
	for _, s := range d.surveyed {
		held[s.Serial] = schema.Items{} // a peer without any item counts too
	}
	for _, h := range d.holders {
		if f := d.fitted[h]; f.Problem == "" {
			held[h.serial] = put(held[h.serial], h.Key, f.Whole)
		}
	}
	return schema.DealOut(held, d.takes)
}

// deal says what stands at cluster scope and what at the peers, each body as it is written.
func (d *dump) deal() schema.Deal {
	whole := d.whole()
	written := schema.Deal{Items: schema.Items{}, Peers: map[string]schema.Items{}}
	for _, h := range slices.Backward(d.holders) { // so that the first peer has the last word
		f := d.fitted[h]
		common, stands := whole.Items[h.Kind][h.ID]
		patch, patched := whole.Peers[h.serial][h.Kind][h.ID]
		switch {
		case f.Problem != "":
		case !stands || !d.takes(h.serial, h.Kind):
			written.Peers[h.serial] = put(written.Peers[h.serial], h.Key, f.Written)
		case patched:
			written.Peers[h.serial] = put(written.Peers[h.serial], h.Key, patch)
		case reflect.DeepEqual(common, f.Whole):
			put(written.Items, h.Key, f.Written)
		}
	}
	d.takeAway(whole, written)
	return written
}

// takeAway writes the nulls: of what most peers have and one has not. One that has it all the same, though
// it cannot or was not to be written, has none. Nor has one that holds nothing at all: it was emptied or is new, and
// that must not become what Git wants.
func (d *dump) takeAway(whole, written schema.Deal) {
	for _, s := range d.surveyed {
		if holdsNothing(s) {
			continue
		}
		for kind, patches := range whole.Peers[s.Serial] {
			for id, patch := range patches {
				key := schema.Key{Kind: kind, ID: id}
				if _, there := s.Items[kind][id]; patch == nil && !there && !d.cluster.Leaves(s.Serial, key) {
					written.Peers[s.Serial] = put(written.Peers[s.Serial], key, nil)
				}
			}
		}
	}
}

func holdsNothing(s reconcile.Surveyed) bool {
	for _, bodies := range s.Items {
		if len(bodies) > 0 {
			return false
		}
	}
	return len(s.Problems) == 0
}

// emptied counts, by peer that holds nothing at all, what the others have in common and it would have from there.
func (d *dump) emptied() map[string]int {
	whole, lacks := d.whole(), map[string]int{}
	for _, s := range d.surveyed {
		if !holdsNothing(s) {
			continue
		}
		for _, patches := range whole.Peers[s.Serial] {
			lacks[s.Serial] += len(patches)
		}
	}
	return lacks
}

// takes tells whether a peer takes what stands at cluster scope, as far as is known.
func (d *dump) takes(serial, kind string) bool {
	i := slices.IndexFunc(d.surveyed, func(s reconcile.Surveyed) bool { return s.Serial == serial })
	return d.surveyed[i].Items[kind] != nil && d.cluster.Peers[serial].Share[d.cluster.Provider.Kinds[kind].Class] == schema.WithAll
}

func put(items schema.Items, key schema.Key, body schema.Body) schema.Items {
	if items == nil {
		items = schema.Items{}
	}
	if items[key.Kind] == nil {
		items[key.Kind] = map[string]schema.Body{}
	}
	items[key.Kind][key.ID] = body
	return items
}

package plan

import (
	"maps"

	"github.com/gitops-reconciler/reconciler/schema"
)

// held counts the changes that are held.
func (d Draft) held() int {
	n := 0
	for _, c := range d.Peer.Changes {
		if c.Held {
			n++
		}
	}
	return n
}

// there counts the items on the peer that Git names or that are to go.
func (d Draft) there() int {
	n := d.Peer.InSync
	if d.Ours != nil {
		return len(present([]Draft{d}))
	}
	for _, c := range d.Peer.Changes {
		if c.Action != Create {
			n++
		}
	}
	return n
}

// empty tells whether Git names nothing that the peer shall have. Who rolls back has named what it shall have.
func (d Draft) empty() bool {
	if d.Ours != nil {
		return false
	}
	for range d.named {
		return false
	}
	return true
}

// named goes through the items that Git names for the peer.
func (d Draft) named(yield func(schema.Key) bool) {
	for kind := range d.In.Kinds {
		for id := range d.In.Desired[kind] {
			key := schema.Key{Kind: kind, ID: id}
			if !d.In.leaves(key) && !yield(key) {
				return
			}
		}
	}
}

// present are the items of the cluster that some peer has, of those that Git names or that are to go. Of a peer that could
// not be read whole only what is to be changed is known to be there.
func present(drafts []Draft) map[schema.Key]bool {
	there := map[schema.Key]bool{}
	for _, d := range drafts {
		created := map[schema.Key]bool{}
		for _, c := range d.Peer.Changes {
			if c.Action == Create {
				created[c.Key] = true
			} else {
				there[c.Key] = true
			}
		}
		if maps.Copy(there, d.Ours); d.Ours != nil || len(d.Peer.Problems) > 0 {
			continue
		}
		for key := range d.named {
			if !created[key] {
				there[key] = true
			}
		}
	}
	return there
}

package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/gitops-reconciler/reconciler/schema"
)

// wishes are what the peers of a cluster shall hold, with the secrets that its items refer to. Most peers
// shall hold the same, so that and its hash are worked out once for all of them; what a peer changes itself
// comes on top.
type wishes struct {
	*Reconciler
	cluster *schema.Cluster

	mu     sync.Mutex
	common map[sharers]func() wish
}

// sharers are peers that shall hold the same of a kind, but for what they change themselves.
type sharers struct {
	kind  string
	with  schema.Sharing
	group string // "" where no group changes anything
}

// wish is what a peer shall hold of a kind.
type wish struct {
	plain   map[string]schema.Body // as written
	sealed  map[string]schema.Body // with secrets, but for the items of which they are not known
	unknown map[string]error       // why, of each of those
	hash    func() (string, error) // of what is sealed, secrets as marks, and of what makes two bodies equal
}

func (r *Reconciler) wishes(c *schema.Cluster) *wishes {
	return &wishes{Reconciler: r, cluster: c, common: map[sharers]func() wish{}}
}

// of returns what a peer shall hold, and the hash of each kind of it.
func (w *wishes) of(serial string) (schema.Items, hashes, error) {
	peer := w.cluster.Peers[serial]
	items, sums := schema.Items{}, hashes{}
	for name, kind := range w.cluster.Provider.Kinds {
		if !peer.Shares(kind.Class) {
			continue
		}
		s := sharers{kind: name, with: peer.Share[kind.Class]}
		if len(w.cluster.Groups[peer.Group].Items[name]) > 0 {
			s.group = peer.Group
		}
		own, err := w.shared(s).changed(w.Reconciler, name, kind, peer.Items[name])
		if err != nil {
			return nil, nil, err
		}
		items[name], sums[name] = own.sealed, own.hash
	}
	return items, sums, nil
}

func (w *wishes) shared(s sharers) wish {
	w.mu.Lock()
	work, known := w.common[s]
	if !known {
		work = sync.OnceValue(func() wish { return w.work(s) })
		w.common[s] = work
	}
	w.mu.Unlock()
	return work()
}

func (w *wishes) work(s sharers) wish {
	kind := w.cluster.Provider.Kinds[s.kind]
	shared := wish{plain: w.cluster.Common(s.kind, s.with, s.group)}
	shared.sealed, shared.unknown = w.seal(s.kind, kind, shared.plain)
	shared.hash = sync.OnceValues(func() (string, error) { return hash(kind, shared.sealed) })
	return shared
}

// changed is the wish with a peer's own changes on top. Only what they are about is worked out.
func (w wish) changed(r *Reconciler, name string, kind schema.Kind, changes map[string]schema.Body) (wish, error) {
	sealed, unknown := r.seal(name, kind, schema.Changed(w.plain, changes))
	for id, err := range w.unknown {
		if _, other := changes[id]; !other {
			unknown[id] = err
		}
	}
	if len(unknown) > 0 {
		return wish{}, unknown[slices.Min(slices.Collect(maps.Keys(unknown)))]
	}
	if len(changes) == 0 {
		return w, nil
	}
	own := wish{sealed: maps.Clone(w.sealed)}
	if own.sealed == nil {
		own.sealed = map[string]schema.Body{}
	}
	written := make(map[string]schema.Body, len(changes)) // nil: taken away
	for id := range changes {
		delete(own.sealed, id)
		written[id] = sealed[id]
	}
	maps.Copy(own.sealed, sealed)
	own.hash = func() (string, error) {
		below, err := w.hash()
		if err != nil {
			return "", err
		}
		return hash(below, written)
	}
	return own, nil
}

// hashes are those of what a peer shall hold, by kind; they are worked out when they are asked for.
type hashes map[string]func() (string, error)

func (h hashes) all() (map[string]string, error) {
	all := make(map[string]string, len(h))
	for kind, sum := range h {
		var err error
		if all[kind], err = sum(); err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
	}
	return all, nil
}

func hash(parts ...any) (string, error) {
	data, err := json.Marshal(parts)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

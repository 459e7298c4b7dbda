package providertest

import (
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// holds checks that the server has what was written and what it had at first, and nothing else: in its
// lists and, the same, in single reads.
func (s *story) holds(t testing.TB, client Client) {
	t.Helper()
	observation, err := client.Observe(t.Context(), s.kinds())
	if err != nil {
		t.Fatal(err)
	}
	if observation.Instance != s.instance {
		t.Errorf("it was instance %q, and is %q now", s.instance, observation.Instance)
	}
	for kind, listing := range observation.Kinds {
		if listing.Err != nil {
			t.Fatal(listing.Err)
		}
		for id := range listing.Items {
			key := schema.Key{Kind: kind, ID: id}
			if s.there[kind][id] == nil && !s.found[key] {
				t.Errorf("it has %s, which should not be there", key)
			}
		}
	}
	for key := range s.found {
		if observation.Kinds[key.Kind].Items[key.ID] == nil {
			t.Errorf("it had %s at first, and has it no more", key)
		}
	}
	for key, body := range each(s.there) {
		s.same(t, "list", key, body, observation.Kinds[key.Kind].Items[key.ID])
	}
	for key, body := range s.readAll(t, client) {
		s.same(t, "read", key, s.there[key.Kind][key.ID], body)
	}
}

// same compares what was written with what the server shows.
func (s *story) same(t testing.TB, how string, key schema.Key, wrote, shown schema.Body) {
	t.Helper()
	if shown == nil {
		t.Errorf("%s: %s is not there", how, key)
		return
	}
	kind := s.provider.Kinds[key.Kind]
	for _, field := range plan.Plain(kind, plan.Fields(kind, wrote, shown)) {
		t.Errorf("%s: %s: %s is %v, want %v", how, key, schema.JoinPath(field.Path), field.Old, field.New)
	}
}

// singly is how many items are read one by one, about: of more it is a part.
const singly = 64

// readAll reads items one by one.
func (s *story) readAll(t testing.TB, client Client) map[schema.Key]schema.Body {
	t.Helper()
	all := map[schema.Key]schema.Body{}
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(writers)
	keys := make(map[schema.Key]bool)
	for key := range each(s.there) {
		keys[key] = true
	}
	for i, key := range sorted(keys) {
		if i%max(1, len(keys)/singly) > 0 {
			continue
		}
		group.Go(func() error {
			body, err := client.Read(t.Context(), key)
			mu.Lock()
			defer mu.Unlock()
			all[key] = body
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	return all
}

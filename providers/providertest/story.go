package providertest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// story is one run of the suite.
type story struct {
	Suite
	cases
	client   Client
	instance string
	found    map[schema.Key]bool // what an empty server of the product has all the same
	there    schema.Items        // what was written, and must be there
}

type step struct {
	name string
	take func(t testing.TB)
}

func (s *story) steps() []step {
	return []step{
		{"missing", s.missing},
		{"create", s.create},
		{"create again", s.createAgain},
		{"update", s.update},
		{"theirs", s.theirs},
		{"refused", s.refused},
		{"many", s.many},
		{"delete", s.delete},
	}
}

func begin(t testing.TB, s Suite, c cases) *story {
	t.Helper()
	story := &story{Suite: s, cases: c, found: map[schema.Key]bool{}, there: schema.Items{}}
	story.client = s.Open(t, story.provider)
	observation, err := story.client.Observe(t.Context(), story.kinds())
	if err != nil {
		t.Fatal(err)
	}
	story.instance = observation.Instance
	for kind, listing := range observation.Kinds {
		story.there[kind] = map[string]schema.Body{}
		for id := range listing.Items {
			story.found[schema.Key{Kind: kind, ID: id}] = true
		}
	}
	return story
}

// missing: what is not there is nil to read, and no error to delete.
func (s *story) missing(t testing.TB) {
	for key := range each(s.created) {
		s.gone(t, key)
	}
	s.holds(t, s.client)
}

func (s *story) gone(t testing.TB, key schema.Key) {
	t.Helper()
	body, err := s.client.Read(t.Context(), key)
	if body != nil || err != nil {
		t.Errorf("read %s, which is not there: got %v, %v, want nil", key, body, err)
	}
	if err := s.client.Write(t.Context(), plan.Change{Key: key, Action: plan.Delete}, nil); err != nil {
		t.Errorf("delete %s, which is not there: %v", key, err)
	}
}

// create: what was created is there, also for others.
func (s *story) create(t testing.TB) {
	s.write(t, plan.Create, s.created)
	s.holds(t, s.client)
	s.holds(t, s.Open(t, s.provider))
}

// createAgain: what is there is not overwritten by one who believes that it is not.
func (s *story) createAgain(t testing.TB) {
	for key, body := range each(s.changed) {
		err := s.client.Write(t.Context(), plan.Change{Key: key, Action: plan.Create, Body: body}, nil)
		if cause := schema.CauseOf(err); cause != schema.Rejected && cause != schema.Stale {
			t.Errorf("create %s, which is there: got %v, want it to be %s or %s", key, err, schema.Rejected, schema.Stale)
		}
	}
	s.holds(t, s.client)
}

// update: the first changes nothing, the second makes the edit, the third changes nothing again. What
// the edit no longer names stays as it was.
func (s *story) update(t testing.TB) {
	for _, items := range []schema.Items{s.created, s.changed, s.changed} {
		s.write(t, plan.Update, items)
		s.holds(t, s.client)
	}
}

// theirs: somebody else adds to our items and makes their own, and ours are updated after that.
func (s *story) theirs(t testing.TB) {
	ours, foreign := schema.Items{}, schema.Items{}
	for key, body := range each(s.cases.theirs) {
		into := foreign
		if s.there[key.Kind][key.ID] != nil {
			into = ours
		}
		into[key.Kind] = with(into[key.Kind], key.ID, body)
	}
	if len(ours) == 0 || len(foreign) == 0 {
		t.Fatal("cases.cue: theirs needs an item that created has too, and one that it has not")
	}
	s.write(t, plan.Create, foreign) // ours may come to refer to theirs
	s.write(t, plan.Update, ours)
	s.holds(t, s.client)
	s.write(t, plan.Update, s.created)
	s.holds(t, s.client)
}

// refused: what the server does not take is said in its words, and is not there.
func (s *story) refused(t testing.TB) {
	for key, body := range each(s.cases.refused) {
		words, known := s.Words[key.String()]
		err := s.client.Write(t.Context(), plan.Change{Key: key, Action: plan.Create, Body: body}, nil)
		if schema.CauseOf(err) != schema.Rejected || !known || !strings.Contains(err.Error(), words) {
			t.Errorf("create %s: got %v, want it to be %s: %q", key, err, schema.Rejected, words)
		}
	}
	s.holds(t, s.client)
}

// many: a list of several pages is complete.
func (s *story) many(t testing.TB) {
	items := schema.Items{}
	for kind, n := range s.Many {
		first := slices.Min(slices.Collect(maps.Keys(s.created[kind])))
		items[kind] = map[string]schema.Body{}
		for i := range n {
			items[kind][fmt.Sprintf("many-%05d", i)] = s.created[kind][first]
		}
	}
	s.write(t, plan.Create, items)
	s.holds(t, s.client)
	s.write(t, plan.Delete, items)
	s.holds(t, s.client)
}

// delete: only what the server had at first is left.
func (s *story) delete(t testing.TB) {
	all := maps.Clone(s.there)
	s.write(t, plan.Delete, all)
	s.holds(t, s.client)
	for key := range each(all) {
		s.gone(t, key)
	}
}

package providertest

import (
	"cmp"
	"regexp"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// story is one run of the suite.
type story struct {
	Suite
	cases
	client   Client // of somebody who writes past every reconciler
	instance string
	found    map[schema.Key]bool // what an empty server of the product has all the same
	there    schema.Items        // what was written, and must be there; secrets sealed
	rotation string              // what references have behind them by now
	tampered tampered
}

type step struct {
	name string
	take func(t testing.TB)
}

// steps are in an order in which each trusts only what those before have shown. Up to delete they are
// about the client alone; from apply on a reconciler uses it, and each step ends with an empty server.
func (s *story) steps() []step {
	return []step{
		{"missing", s.missing},
		{"create", s.create},
		{"create again", s.createAgain},
		{"update", s.update},
		{"theirs", s.ofOthers},
		{"refused", s.refusals},
		{"delete", s.delete},
		{"apply", s.apply},
		{"references", s.references},
		{"failure", s.failure},
		{"in use", s.inUse},
		{"states", s.transitions},
		{"lever", s.lever},
		{"drift", s.drift},
		{"unmanaged", s.unmanaged},
		{"secrets", s.secrets},
		{"rename", s.rename},
		{"swap", s.swap},
		{"immutable", s.immutable},
		{"many", s.several},
		{"stopped", s.stopped},
		{"killed", s.killed},
		{"lost answer", s.lostAnswers},
		{"stale", s.stale},
		{"etag", s.etag},
		{"two writers", s.twoWriters},
		{"restart", s.restarts},
		{"health", s.health},
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
	if s.permanent(key) {
		return
	}
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
	for key, body := range each(s.seal(s.changed)) {
		if s.permanent(key) {
			continue
		}
		err := s.client.Write(t.Context(), plan.Change{Key: key, Action: plan.Create, Body: body}, nil)
		if cause := schema.CauseOf(err); cause != schema.Rejected && cause != schema.Stale {
			t.Errorf("create %s, which is there: got %v, want it to be %s or %s", key, err, schema.Rejected, schema.Stale)
		}
	}
	s.holds(t, s.client)
}

// update: the first changes nothing, the second makes the edit, the third changes nothing again. What
// the edit no longer names stays as it was. An edit of what cannot be changed is none here.
func (s *story) update(t testing.TB) {
	for _, items := range []schema.Items{s.created, s.mutable(s.changed), s.mutable(s.changed)} {
		s.write(t, plan.Update, items)
		s.holds(t, s.client)
	}
}

// ofOthers: somebody else adds to our items and makes their own, and ours are updated after that.
func (s *story) ofOthers(t testing.TB) {
	ours, foreign := s.split()
	if len(ours) == 0 || len(foreign) == 0 {
		t.Fatal("cases.cue: theirs needs an item that created has too, and one that it has not")
	}
	s.write(t, plan.Create, foreign) // ours may come to refer to theirs
	s.write(t, plan.Update, ours)
	s.holds(t, s.client)
	s.write(t, plan.Update, s.mutable(s.created))
	s.holds(t, s.client)
}

// split tells what theirs says of our items from theirs.
func (s *story) split() (ours, foreign schema.Items) {
	ours, foreign = schema.Items{}, schema.Items{}
	for key, body := range each(s.theirs) {
		into := foreign
		if s.created[key.Kind][key.ID] != nil {
			into = ours
		}
		into[key.Kind] = with(into[key.Kind], key.ID, body)
	}
	return ours, foreign
}

// mutable are items without what cannot be changed once they are there.
func (s *story) mutable(items schema.Items) schema.Items {
	left := schema.Items{}
	for key, body := range each(items) {
		for _, pointer := range s.provider.Kinds[key.Kind].Immutable {
			body = schema.Remove(body, pointer)
		}
		left[key.Kind] = with(left[key.Kind], key.ID, body)
	}
	return left
}

// refusals: what the server does not take is said in its words, by the client and in the report of an
// apply, and is not there.
func (s *story) refusals(t testing.TB) {
	for key, body := range each(s.seal(s.refused)) {
		err := s.client.Write(t.Context(), plan.Change{Key: key, Action: plan.Create, Body: body}, nil)
		if schema.CauseOf(err) != schema.Rejected || !s.saying(t, key).MatchString(err.Error()) {
			t.Errorf("create %s: got %v, want it to be %s: %q", key, err, schema.Rejected, s.saying(t, key))
		}
	}
	s.holds(t, s.client)
	o := s.operator(t)
	for key, result := range o.apply(t.Context(), t, o.plan(t, s.refused)) {
		if !s.saying(t, key).MatchString(result.Error) {
			t.Errorf("apply %s: it is %s: %q, want %q", key, result.Status, result.Error, s.saying(t, key))
		}
	}
	s.holds(t, s.client)
}

// saying is what the server says of an item that it refuses.
func (s *story) saying(t testing.TB, key schema.Key) *regexp.Regexp {
	t.Helper()
	text := cmp.Or(s.words[key.String()], regexp.QuoteMeta(s.Words[key.String()]))
	words, err := regexp.Compile(text)
	if err != nil || text == "" {
		t.Fatalf("cases.cue: words has no regular expression for %s, which is refused: %v", key, err)
	}
	return words
}

// delete: only what the server had at first is left.
func (s *story) delete(t testing.TB) {
	all := over(s.there, nil)
	s.write(t, plan.Delete, all)
	s.holds(t, s.client)
	for key := range each(all) {
		s.gone(t, key)
	}
}

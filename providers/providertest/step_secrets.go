package providertest

import (
	"slices"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// secrets: another one is seen and sent, one that stayed is not written for its own sake, and where the
// server shows it, one that somebody else wrote is put back.
func (s *story) secrets(t testing.TB) {
	ours := s.keeping()
	if len(ours) == 0 {
		return // no kind has any: cases without secrets where some have are found before
	}
	o := s.operator(t)
	o.brings(t, s.created)
	s.rotation = " rotated"
	s.rewrites(t, o, "rotated", ours, plan.Git)
	o.brings(t, s.created)
	edited := over(s.created, s.withoutSecrets(s.changed))
	for key := range ours {
		if body := edited[key.Kind][key.ID]; s.changed[key.Kind][key.ID] != nil {
			edited[key.Kind] = with(edited[key.Kind], key.ID, s.withItsSecrets(key, body))
		}
	}
	s.rewrites(t, o, "the same", nil, "")
	for _, change := range o.plan(t, edited).Plan.Peers[0].Changes {
		if slices.ContainsFunc(change.Fields, func(f plan.Field) bool { return f.Secret }) {
			t.Errorf("%s: it writes a secret that stays", change)
		}
	}
	o.brings(t, edited)
	o.brings(t, s.created)
	s.behind(t, o, ours)
	o.brings(t, s.created)
	o.brings(t, nil)
	s.rotation = ""
}

// keeping are the items of ours that have secrets: their pointers.
func (s *story) keeping() map[schema.Key][]string {
	all := map[schema.Key][]string{}
	for key, body := range each(s.created) {
		for _, pointer := range s.provider.Kinds[key.Kind].Secrets {
			if _, has := schema.Lookup(map[string]any(body), pointer); has {
				all[key] = append(all[key], pointer)
			}
		}
	}
	return all
}

// withItsSecrets is a body with the secrets that the item was created with.
func (s *story) withItsSecrets(key schema.Key, body schema.Body) schema.Body {
	created := s.created[key.Kind][key.ID]
	for _, pointer := range s.provider.Kinds[key.Kind].Secrets {
		if reference, has := schema.Lookup(map[string]any(created), pointer); has {
			body = schema.Replace(schema.Merge(body, nil), pointer, reference)
		}
	}
	return body
}

// rewrites wants that just the secrets of these items are to be written, for that reason, and are sent.
func (s *story) rewrites(t testing.TB, o *operator, when string, items map[schema.Key][]string, why plan.Reason) {
	t.Helper()
	round, left := o.plan(t, s.created), map[schema.Key]bool{}
	var texts []string
	for key, pointers := range items {
		left[key] = true
		for _, pointer := range pointers {
			reference, _ := schema.Lookup(map[string]any(s.created[key.Kind][key.ID]), pointer)
			texts = append(texts, s.secret(reference.(string)))
		}
	}
	for _, change := range round.Plan.Peers[0].Changes {
		if plain := slices.ContainsFunc(change.Fields, func(f plan.Field) bool { return !f.Secret }); plain || !left[change.Key] || change.Reason != why {
			t.Errorf("secrets %s: %s%s", when, change, differing(change))
		}
		delete(left, change.Key)
	}
	for _, key := range sorted(left) {
		t.Errorf("secrets %s: nothing is planned for %s", when, key)
	}
	s.sends(t, when, texts, func() { o.apply(t.Context(), t, round) })
	o.note(s.created, nil)
}

// sends wants do to send each text.
func (s *story) sends(t testing.TB, when string, texts []string, do func()) {
	t.Helper()
	if s.Wire == nil {
		do()
		return
	}
	carried := s.Wire.carried(do, texts...)
	for _, text := range texts {
		if !carried[text] {
			t.Errorf("secrets %s: %q was not sent", when, text)
		}
	}
}

// behind: somebody else writes other secrets.
func (s *story) behind(t testing.TB, o *operator, ours map[schema.Key][]string) {
	t.Helper()
	s.rotation = " of theirs"
	theirs, exact := schema.Items{}, map[schema.Key][]string{}
	for key, pointers := range ours {
		theirs[key.Kind] = with(theirs[key.Kind], key.ID, s.created[key.Kind][key.ID])
		for _, pointer := range pointers {
			if slices.Contains(s.provider.Kinds[key.Kind].Exact, pointer) {
				exact[key] = append(exact[key], pointer)
			}
		}
	}
	s.write(t, plan.Update, s.mutable(theirs))
	s.rotation = " rotated"
	s.rewrites(t, o, "of theirs", exact, plan.Drift)
}

package plan

import (
	"maps"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Resume returns the base after a run that was killed: intents are the bodies it was about to write. An
// intent that the peer turns out to hold was written, and is the base now; of the others nothing is
// known, so the old base stays. Secrets do not show on the peer: one that was about to change may be the
// old or the new one, whatever the rest of the item says, so the base has neither and it is written again.
func Resume(kinds map[string]schema.Kind, observed schema.Observation, base, intents map[schema.Key]Record) map[schema.Key]Record {
	if len(intents) == 0 {
		return base
	}
	resumed := maps.Clone(base)
	if resumed == nil {
		resumed = map[schema.Key]Record{}
	}
	for key, intent := range intents {
		there, exists := observed.Kinds[key.Kind].Items[key.ID]
		if !exists {
			continue
		}
		kind := kinds[key.Kind]
		record, known := base[key]
		if len(Plain(kind, Fields(kind, withoutSecrets(kind, intent.Body), there))) == 0 {
			record, known = intent, true
		}
		if known {
			record.Body = withSettledSecrets(kind, record.Body, base[key].Body, intent.Body)
			resumed[key] = record
		}
	}
	return resumed
}

// withSettledSecrets is the body without the secrets that differ between the old base and the intent.
func withSettledSecrets(kind schema.Kind, body, old, intent schema.Body) schema.Body {
	settled := map[string]any(body)
	for _, pointer := range kind.Secrets {
		before, had := schema.Lookup(map[string]any(old), pointer)
		after, has := schema.Lookup(map[string]any(intent), pointer)
		if !had || !has || !exactly(before, after) {
			settled = schema.Remove(settled, pointer)
		}
	}
	return settled
}

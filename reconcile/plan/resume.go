package plan

import (
	"maps"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Resume returns the base after a run that was killed: intents are the bodies it was about to write. An
// intent that the peer turns out to hold was written, and is the base now; of the others nothing is
// known, so the old base stays. Secrets do not show on the peer: they count as written only if they are
// those of the old base, and are otherwise written again.
func Resume(kinds map[string]schema.Kind, observed schema.Observation, base, intents map[schema.Key]Record) map[schema.Key]Record {
	if len(intents) == 0 {
		return base
	}
	resumed := maps.Clone(base)
	if resumed == nil {
		resumed = map[schema.Key]Record{}
	}
	for key, intent := range intents {
		kind := kinds[key.Kind]
		there, exists := observed.Kinds[key.Kind].Items[key.ID]
		plain := withoutSecrets(kind, intent.Body)
		if !exists || len(Fields(kind, plain, there)) > 0 {
			continue
		}
		resumed[key] = Record{Body: withKnownSecrets(kind, intent.Body, base[key].Body), Revision: intent.Revision}
	}
	return resumed
}

// withKnownSecrets is the body without the secrets whose marks differ from those in the old base.
func withKnownSecrets(kind schema.Kind, body, old schema.Body) schema.Body {
	known := map[string]any(body)
	for _, pointer := range kind.Secrets {
		now, _ := schema.Lookup(map[string]any(body), pointer)
		before, had := schema.Lookup(map[string]any(old), pointer)
		if !had || !exactly(now, before) {
			known = schema.Remove(known, pointer)
		}
	}
	return known
}

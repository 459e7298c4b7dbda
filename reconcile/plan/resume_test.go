package plan

import (
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// peer is a model of a peer and of what is remembered of it, through runs that may be killed.
type peer struct {
	shown   schema.Observation // what it shows
	secrets map[schema.Key]schema.Body
	base    map[schema.Key]Record
	intents map[schema.Key]Record
}

func newPeer() *peer {
	p := &peer{secrets: map[schema.Key]schema.Body{}, base: map[schema.Key]Record{}}
	p.shown.Kinds = map[string]schema.Listing{}
	for kind := range worldKinds() {
		p.shown.Kinds[kind] = schema.Listing{Items: map[string]schema.Body{}}
	}
	return p
}

// run plans and applies, and is killed after a number of writes: negative for never. Of the last write
// it has got no answer, so nothing of what was written in its last wave is remembered.
func (p *peer) run(desired schema.Items, writes int) Peer {
	base := Resume(worldKinds(), p.shown, p.base, p.intents)
	plan := Diff(Input{Kinds: worldKinds(), Revision: "r2", Desired: desired, Observed: p.shown, Base: base, Replace: anything})
	p.begin(plan, base)
	for i, change := range plan.Changes {
		if i == writes {
			return plan
		}
		p.write(change)
	}
	for _, change := range plan.Changes {
		record(p.base, change)
	}
	p.intents = nil
	return plan
}

func (p *peer) begin(plan Peer, base map[schema.Key]Record) {
	p.base, p.intents = maps.Clone(base), map[schema.Key]Record{}
	settle(p.base, plan)
	for _, change := range plan.Changes {
		if change.Action != Delete {
			p.intents[change.Key] = remembered(Record{Body: change.Body, Revision: "r2"})
		}
	}
}

func (p *peer) write(c Change) {
	carryOut(p.shown, c)
	if c.Action == Delete {
		delete(p.secrets, c.Key)
		return
	}
	p.secrets[c.Key] = c.Body
}

// TestResumeAfterAnyPrefix kills runs after any number of writes, with Git moving on between them. Every
// run plans without asking for consent, no base claims a secret that the peer does not have, and the
// first run that is not killed leaves nothing to do.
func TestResumeAfterAnyPrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPeer()
		for i := range rapid.IntRange(1, 4).Draw(t, "runs") {
			p.run(items(t, "desired", sealed), rapid.IntRange(-1, 6).Draw(t, "writes"))
			p.claims(t, Resume(worldKinds(), p.shown, p.base, p.intents))
			if t.Failed() {
				t.Fatalf("after run %d", i)
			}
		}
		desired := items(t, "last", sealed)
		p.unheld(t, p.run(desired, -1))
		if again := p.run(desired, -1); len(again.Changes)+len(again.Records)+len(again.Forget) > 0 {
			t.Fatalf("not converged: %v", describe(again))
		}
		p.claims(t, p.base)
	})
}

func (p *peer) unheld(t *rapid.T, plan Peer) {
	for _, change := range plan.Changes {
		if change.Held {
			t.Fatalf("held: %v", describeChange(change))
		}
	}
}

// claims compares the marks in a base with the secrets that were really written.
func (p *peer) claims(t *rapid.T, base map[schema.Key]Record) {
	for key, r := range base {
		if _, there := p.shown.Kinds[key.Kind].Items[key.ID]; !there {
			continue
		}
		for _, pointer := range worldKinds()[key.Kind].Secrets {
			claimed, claims := schema.Lookup(map[string]any(r.Body), pointer)
			written, _ := schema.Lookup(map[string]any(p.secrets[key]), pointer)
			if secret, isSecret := written.(schema.Secret); claims && (!isSecret || claimed != secret.Mark()) {
				t.Fatalf("%s: the base claims %v at %s, written was %v", key, claimed, pointer, written)
			}
		}
	}
}

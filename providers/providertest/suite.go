package providertest

import (
	"context"
	"io/fs"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Client is a definition that is opened for one server: what reconcile wants of a provider.
type Client interface {
	Observe(ctx context.Context, kinds []string) (schema.Observation, error)
	Read(ctx context.Context, key schema.Key) (schema.Body, error)
	Write(ctx context.Context, change plan.Change, observed schema.Body) error
}

// Suite is what the suite needs to know of a definition, beside its cases.
type Suite struct {
	// Cases holds cases.cue, as the package's documentation says: os.DirFS("testdata").
	Cases fs.FS
	// Open returns one more client of the server, which is the same every time, and empty at first.
	Open func(t testing.TB, p schema.Provider) Client
	// Wire is what Open's clients reach the server over. With it the suite also counts requests, loses
	// answers, and looks whether secrets are sent; nil: the steps that need it say that they are skipped.
	Wire *Wire
	// Restart stops the server and starts it again, with what it holds and at the same address; nil: it
	// cannot be restarted, or forgets everything.
	Restart func(t testing.TB)
	// Secret returns what a reference to a secret stands for, something else for each; nil: a text that is
	// different for each. References are those of the cases, and the same with a word behind.
	Secret func(reference string) string

	// Words are what the server says of the items that it refuses, by kind/id, or a part of it; the same as
	// words in cases.cue, which takes regular expressions. Each refused item needs some.
	Words map[string]string
	// Many is how many items of a kind are made together, in the likeness of its first case; in the place
	// of many in cases.cue. More than two pages of the kind's list are good.
	Many map[string]int
}

// Run tells the story. It stops at the first step that fails, since the others build on it.
func Run(t *testing.T, s Suite) {
	for _, step := range begin(t, s, s.read(t)).steps() {
		if !t.Run(step.name, func(t *testing.T) { step.take(t) }) {
			return
		}
	}
}

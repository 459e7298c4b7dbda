package rest

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

const digested = `{"identity": {"path": "/status", "instance": "/node/id", "version": "/version", "digest": "/kinds"}}`

// TestDigest wants one that is the same only for the same answer, in whatever order and spacing.
func TestDigest(t *testing.T) {
	answers := []string{
		`{"node": {"id": "i1"}, "version": "1", "kinds": {"a": {"n": 1, "d": "x"}}}`,
		`{"kinds":{"a":{"d":"x","n":1}},"time":"now","version":"1","node":{"id":"i1"}}`,
		`{"node": {"id": "i2"}, "version": "1", "kinds": {"a": {"n": 1, "d": "x"}}}`,
		`{"node": {"id": "i1"}, "version": "2", "kinds": {"a": {"n": 1, "d": "x"}}}`,
		`{"node": {"id": "i1"}, "version": "1", "kinds": {"a": {"n": 2, "d": "x"}}}`,
		`{"node": {"id": "i1"}, "version": "1", "kinds": {}}`,
	}
	next := 0
	p := newPeer(t, setup{api: digested}, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, answers[next])
	})
	first := map[string]int{}
	for next = range answers {
		digest, err := p.Digest(t.Context())
		if err != nil || len(digest) != 64 {
			t.Fatalf("%s: %q, %v", answers[next], digest, err)
		}
		if before, seen := first[digest]; seen != (next == 1) {
			t.Errorf("%s: the digest of %d", answers[next], before)
		}
		first[digest] = next
	}
	if p.count("GET /api/status") != len(answers) {
		t.Errorf("asked %q", p.asked)
	}
}

// TestNoDigest is about peers that cannot tell: they are read.
func TestNoDigest(t *testing.T) {
	for api, answer := range map[string]http.HandlerFunc{
		`{}`:             say(200, `{}`),
		identified:       say(200, `{"node": {"id": "i1"}, "version": "1", "kinds": {}}`),
		digested:         say(200, `{"node": {"id": "i1"}, "version": "1"}`),
		digested + " ":   say(200, `{"node": {"id": "i1"}, "version": "1", "kinds": null}`),
		digested + "  ":  say(200, `{"version": "1", "kinds": {}}`),
		digested + "   ": say(404, ``),
	} {
		p := newPeer(t, setup{api: api}, answer)
		if digest, err := p.Digest(t.Context()); digest != "" || err != nil {
			t.Errorf("%s: %q, %v", api, digest, err)
		}
	}
	p := newPeer(t, setup{api: digested}, say(500, `no`))
	_, err := p.Digest(t.Context())
	failed(t, err, schema.Garbled, "ask who it is", "500")
}

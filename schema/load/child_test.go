package load

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// child is this test binary, under limits that a test can wait for.
func child(t *testing.T, what string, limits Limits) Child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if limits.Memory == 0 {
		limits.Memory = 1 << 46 // the race detector takes most of what there is at its start
	}
	return Child{Path: self, Args: []string{"load", what}, Limits: limits}
}

func one(text string) Input {
	return Input{Files: map[string][]byte{"cluster.cue": []byte(text)}, Dir: "."}
}

func TestChildIsLoad(t *testing.T) {
	for name, in := range map[string]Input{"valid": one(small), "invalid": one("package a\ncluster: {"), "nothing": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := child(t, "serve-evaluation", Limits{}).Load(t.Context(), in)
			if want := whole(Load(in)); err != nil || whole(got) != want {
				t.Errorf("got %s, %v, want %s", whole(got), err, want)
			}
		})
	}
}

// TestChildHasNoEnvironment: nothing of this process's, whatever that is.
func TestChildHasNoEnvironment(t *testing.T) {
	t.Parallel()
	if len(os.Environ()) == 0 {
		t.Skip("nor has this process")
	}
	got, err := child(t, "serve-environment", Limits{}).Load(t.Context(), one(small))
	if err != nil || len(got.Problems) != 1+len(childEnv()) {
		t.Errorf("got %v, %v", got.Problems, err)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	soon, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	for want, ctx := range map[error]context.Context{context.Canceled: cancelled, context.DeadlineExceeded: soon} {
		got, err := child(t, "serve-evaluation", Limits{}).Load(ctx, one(bomb))
		if !errors.Is(err, want) || got.Problems != nil || got.Cluster != nil {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
}

// TestNoChild: a program that does not work is an error, not the configuration's fault.
func TestNoChild(t *testing.T) {
	missing := child(t, "serve-evaluation", Limits{})
	missing.Path = t.TempDir() + "/missing"
	for want, c := range map[string]Child{
		"evaluate: start " + missing.Path + ":":                      missing,
		"evaluate: read the child's answer: invalid character 'g'":   child(t, "serve-garbage", Limits{}),
		"evaluate: read the child's answer: unexpected end":          child(t, "serve-nothing", Limits{}),
		"evaluate: the child ended with exit status 1: out of order": child(t, "serve-failure", Limits{}),
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			got, err := c.Load(t.Context(), one(small))
			if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") || got.Problems != nil {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestServeRefuses(t *testing.T) {
	for _, request := range []string{"", "garbage", `{"input":3}`, `{"input":{"files":{"a.cue":"not base64!"}}}`} {
		var out strings.Builder
		if err := Serve(strings.NewReader(request), &out); err == nil || out.Len() > 0 {
			t.Errorf("%q: got %q, %v", request, out.String(), err)
		}
	}
}

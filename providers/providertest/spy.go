package providertest

import (
	"context"
	"errors"
	"sync"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// call is one that a reconciler made.
type call struct {
	op   string // observe, read, digest, create, update or delete
	key  schema.Key
	body schema.Body // that was to be written
}

func (c call) writes() bool { return c.op == "create" || c.op == "update" || c.op == "delete" }

// moment is the beginning or the end of a call.
type moment struct {
	call
	ended bool
}

// spy is a client that notes what is asked of it, and can come between.
type spy struct {
	Client

	// before is asked about each call: an error is its answer, and it is not made. after is told that it
	// was made: an error is then what comes of it. Both get its number, from 1 on, and may be nil.
	before, after func(c call, n int) error

	mu    sync.Mutex
	calls int
	log   []moment
}

// between makes a call, unless something comes between.
func (s *spy) between(c call, carryOut func() error) error {
	s.mu.Lock()
	s.calls++
	n, before, after := s.calls, s.before, s.after
	s.log = append(s.log, moment{call: c})
	s.mu.Unlock()
	if before != nil {
		if err := before(c, n); err != nil {
			return err
		}
	}
	err := carryOut()
	s.mu.Lock()
	s.log = append(s.log, moment{call: c, ended: true})
	s.mu.Unlock()
	if after != nil {
		err = errors.Join(after(c, n), err)
	}
	return err
}

// reset forgets what was seen, and lets calls pass.
func (s *spy) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before, s.after, s.calls, s.log = nil, nil, 0, nil
}

// writes are the calls that were to change something.
func (s *spy) writes() []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []call
	for _, m := range s.log {
		if !m.ended && m.writes() {
			all = append(all, m.call)
		}
	}
	return all
}

// Observe is the client's.
func (s *spy) Observe(ctx context.Context, kinds []string) (o schema.Observation, err error) {
	err = s.between(call{op: "observe"}, func() error {
		o, err = s.Client.Observe(ctx, kinds)
		return err
	})
	return o, err
}

// Read is the client's.
func (s *spy) Read(ctx context.Context, key schema.Key) (body schema.Body, err error) {
	err = s.between(call{op: "read", key: key}, func() error {
		body, err = s.Client.Read(ctx, key)
		return err
	})
	return body, err
}

// Write is the client's.
func (s *spy) Write(ctx context.Context, change plan.Change, observed schema.Body) error {
	return s.between(call{string(change.Action), change.Key, change.Body}, func() error {
		return s.Client.Write(ctx, change, observed)
	})
}

// Digest is the client's, if it has any.
func (s *spy) Digest(ctx context.Context) (text string, err error) {
	digester, able := s.Client.(interface {
		Digest(ctx context.Context) (string, error)
	})
	if !able {
		return "", nil
	}
	err = s.between(call{op: "digest"}, func() error {
		text, err = digester.Digest(ctx)
		return err
	})
	return text, err
}

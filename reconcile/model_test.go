package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// server is a model of a peer: it merges what it gets, shows no secret, refuses what refers to nothing,
// to change what cannot be changed and to have the same twice, and notes what must never happen: above
// all that something is deleted that others refer to.
type server struct {
	mu       sync.Mutex
	instance string
	kinds    map[string]schema.Kind
	items    map[schema.Key]schema.Body // secrets included
	calls    map[string]int             // by operation: list, read, create, update, delete
	inFlight int
	most     int      // calls in flight at once
	sins     []string // what must never happen

	// fault is asked about each call before anything happens. after tells whether the call is carried out
	// all the same, and only its answer is lost.
	fault func(op string, key schema.Key) (err error, after bool)
	// normalise is what the server makes of a body before it keeps it.
	normalise func(schema.Body) schema.Body
	unlisted  map[schema.Key]bool // items that lists leave out
	broken    map[string]bool     // kinds that cannot be listed
	digests   bool                // it can say that it did not change
	changes   int                 // how often it did
}

func newServer(kinds map[string]schema.Kind) *server {
	return &server{
		instance: "i1", kinds: kinds, items: map[schema.Key]schema.Body{}, calls: map[string]int{},
		unlisted: map[schema.Key]bool{}, broken: map[string]bool{},
	}
}

// call wraps what every call has in common.
func (s *server) call(ctx context.Context, op string, key schema.Key, carryOut func() error) error {
	s.mu.Lock()
	s.calls[op]++
	s.inFlight++
	s.most = max(s.most, s.inFlight)
	fault := s.fault
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inFlight--
	}()
	var err error
	after := false
	if fault != nil {
		err, after = fault(op, key) // it may wait for others
	}
	if ctx.Err() != nil {
		err, after = failure(op, schema.Unreachable, ctx.Err()), false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && !after {
		return err
	}
	return errors.Join(err, carryOut())
}

func failure(op string, cause schema.Cause, err error) error {
	return &schema.Failure{Op: op, Cause: cause, Err: err}
}

func (s *server) Observe(ctx context.Context, kinds []string) (schema.Observation, error) {
	o := schema.Observation{Kinds: map[string]schema.Listing{}}
	err := s.call(ctx, "list", schema.Key{}, func() error {
		o.Instance = s.instance
		for _, kind := range kinds {
			o.Kinds[kind] = s.list(kind)
		}
		return nil
	})
	return o, err
}

// Digest is of all items, and of how often they changed.
func (s *server) Digest(ctx context.Context) (digest string, err error) {
	if !s.digests {
		return "", nil
	}
	err = s.call(ctx, "digest", schema.Key{}, func() error {
		items := map[string]schema.Body{}
		for key, body := range s.items {
			items[key.String()] = body
		}
		data, err := json.Marshal([]any{s.instance, s.changes, items})
		digest = string(data)
		return err
	})
	return digest, err
}

func (s *server) list(kind string) schema.Listing {
	if s.broken[kind] {
		return schema.Listing{Err: failure("list "+kind, schema.Garbled, errors.New("no JSON"))}
	}
	listing := schema.Listing{Items: map[string]schema.Body{}}
	for key, body := range s.items {
		if key.Kind == kind && !s.unlisted[key] {
			listing.Items[key.ID] = s.shown(key.Kind, body)
		}
	}
	return listing
}

func (s *server) shown(kind string, body schema.Body) schema.Body {
	plain := map[string]any(body)
	for _, pointer := range s.kinds[kind].Secrets {
		plain = schema.Remove(plain, pointer)
	}
	return plain
}

func (s *server) Read(ctx context.Context, key schema.Key) (body schema.Body, err error) {
	err = s.call(ctx, "read", key, func() error {
		if there, ok := s.items[key]; ok {
			body = s.shown(key.Kind, there)
		}
		return nil
	})
	return body, err
}

func (s *server) Write(ctx context.Context, c plan.Change, observed schema.Body) error {
	return s.call(ctx, string(c.Action), c.Key, func() error {
		there, exists := s.items[c.Key]
		switch {
		case c.Action == plan.Create && exists:
			s.sins = append(s.sins, "created twice: "+c.Key.String())
		case c.Action == plan.Update && (!exists || observed == nil):
			s.sins = append(s.sins, "updated what is not there: "+c.Key.String())
		case c.Held:
			s.sins = append(s.sins, "no consent: "+c.String())
		}
		if err := s.refuse(c); err != nil {
			return err
		}
		s.changes++
		if c.Action == plan.Delete {
			delete(s.items, c.Key)
			return nil
		}
		body := schema.Body(schema.Merge(there, c.Body))
		if s.normalise != nil {
			body = s.normalise(body)
		}
		s.items[c.Key] = body
		return nil
	})
}

// refuse says no where what a body refers to is not there, where it has what another has, and where it
// changes what cannot be changed.
func (s *server) refuse(c plan.Change) error {
	op := string(c.Action) + " " + c.Key.String()
	if c.Action == plan.Delete {
		s.cascade(c.Key)
		return nil
	}
	for _, key := range s.kinds[c.Kind].References(c.Body) {
		if _, there := s.items[key]; !there {
			return failure(op, schema.Rejected, fmt.Errorf("there is no %s", key))
		}
	}
	for key, body := range s.items {
		if port, has := c.Body["port"]; has && key.Kind == c.Kind && key != c.Key && body["port"] == port {
			return failure(op, schema.Rejected, fmt.Errorf("%s has port %v", key, port))
		}
	}
	protocol, authored := c.Body["protocol"]
	if there, exists := s.items[c.Key]; exists && authored && protocol != there["protocol"] {
		return failure(op, schema.Rejected, errors.New("the protocol cannot be changed"))
	}
	return nil
}

// cascade takes references to what goes away in silence, as some servers do.
func (s *server) cascade(gone schema.Key) {
	for key, body := range s.items {
		if slices.Contains(s.kinds[key.Kind].References(body), gone) {
			s.sins = append(s.sins, fmt.Sprintf("%s went, and %s referred to it", gone, key))
			delete(s.items, key)
		}
	}
}

// put changes an item behind our back.
func (s *server) put(key schema.Key, body schema.Body) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[key] = body
	s.changes++
}

func (s *server) writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls["create"] + s.calls["update"] + s.calls["delete"]
}

func (s *server) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls, s.most = map[string]int{}, 0
}

func (s *server) keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []string
	for key := range maps.Keys(s.items) {
		keys = append(keys, key.String())
	}
	slices.Sort(keys)
	return keys
}

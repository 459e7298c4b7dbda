package providertest

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// memory is a provider without a server, that can be given a fault.
type memory struct {
	fault string

	mu    sync.Mutex
	items schema.Items
	asked int
}

func (m *memory) Observe(_ context.Context, kinds []string) (schema.Observation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	o := schema.Observation{Instance: "i", Kinds: map[string]schema.Listing{}}
	for _, kind := range kinds {
		items := maps.Clone(m.items[kind])
		if items == nil {
			items = map[string]schema.Body{}
		}
		o.Kinds[kind] = schema.Listing{Items: items}
	}
	m.spoil(&o)
	return o, nil
}

func (m *memory) spoil(o *schema.Observation) {
	folders := o.Kinds["folder"].Items
	switch {
	case m.fault == "another instance" && m.asked > 1:
		o.Instance = "j"
	case m.fault == "a kind cannot be listed" && m.asked > 1:
		o.Kinds["folder"] = schema.Listing{Err: errors.New("no list")}
	case m.fault == "a list stops after a page":
		ids := slices.Sorted(maps.Keys(folders))
		for _, id := range ids[min(20, len(ids)):] {
			delete(folders, id)
		}
	case m.fault == "the list is old" && folders["inbox"] != nil:
		folders["inbox"] = schema.Body{"path": "/srv/inbox"}
	}
}

func (m *memory) Read(_ context.Context, key schema.Key) (schema.Body, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	body := m.items[key.Kind][key.ID]
	switch {
	case m.fault == "a missing item is an error" && body == nil:
		return nil, errors.New("404")
	case m.fault == "a missing item is empty" && body == nil:
		return schema.Body{}, nil
	case m.fault == "a read leaves a field out" && body != nil:
		return schema.Remove(body, "/quota"), nil
	}
	return body, nil
}

func (m *memory) Write(_ context.Context, c plan.Change, observed schema.Body) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	there := m.items[c.Kind][c.ID] != nil
	switch {
	case c.Action == plan.Delete:
		return m.delete(c, there)
	case c.ID == "..", c.ID == "\u0007":
		if m.fault == "a bad item is taken" {
			break
		}
		return &schema.Failure{Op: "create", Cause: schema.Rejected, Err: errors.New("bad id")}
	case c.Action == plan.Create && there && m.fault != "a create overwrites":
		return &schema.Failure{Op: "create", Cause: schema.Rejected, Err: errors.New("taken")}
	}
	body := schema.Merge(observed, c.Body)
	if m.fault == "an update forgets" {
		body = c.Body
	}
	if m.fault == "nothing is written" {
		return nil
	}
	m.items[c.Kind] = with(m.items[c.Kind], c.ID, body)
	return nil
}

func (m *memory) delete(c plan.Change, there bool) error {
	switch {
	case m.fault == "a missing item cannot be deleted" && !there:
		return errors.New("404")
	case m.fault == "a delete does nothing":
		return nil
	}
	m.items[c.Kind] = maps.Clone(m.items[c.Kind])
	if m.fault == "a delete takes all" {
		clear(m.items[c.Kind])
	}
	delete(m.items[c.Kind], c.ID)
	return nil
}

func (m *memory) suite() Suite {
	return Suite{
		Cases: os.DirFS("../node/testdata"),
		Open:  func(testing.TB, schema.Provider) Client { return m },
		Words: map[string]string{"folder/..": "bad id", "folder/\u0007": "bad id"},
		Many:  map[string]int{"folder": 50},
	}
}

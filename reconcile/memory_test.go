package reconcile

import (
	"encoding/json"
	"maps"
	"sync"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// memory is a model of a store.
type memory struct {
	mu    sync.Mutex
	peers map[string]plan.Memory // by serial
	runs  []string               // reports, as JSON
	last  any                    // what was applied last

	fault func(op string) error // asked before anything happens; may be nil
}

func newMemory() *memory { return &memory{peers: map[string]plan.Memory{}} }

func (m *memory) call(op string, carryOut func()) error {
	if m.fault != nil {
		if err := m.fault(op); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	carryOut()
	return nil
}

func (m *memory) Recall(_, serial string) (plan.Memory, error) {
	var found plan.Memory
	err := m.call("recall", func() {
		found = m.peers[serial]
		found.Base, found.Intents = maps.Clone(found.Base), maps.Clone(found.Intents)
	})
	return found, err
}

func (m *memory) Settled(_, serial string) (instance string, as plan.Settled, err error) {
	err = m.call("recall", func() {
		if known := m.peers[serial]; len(known.Intents) == 0 {
			instance, as = known.Instance, known.Settled
		}
	})
	return instance, as, err
}

func (m *memory) Begin(_, serial string, now plan.Memory, forget []schema.Key) error {
	return m.call("begin", func() {
		old := m.peers[serial]
		base := map[schema.Key]plan.Record{}
		if old.Instance == now.Instance {
			maps.Copy(base, old.Base)
		}
		for _, key := range forget {
			delete(base, key)
		}
		maps.Copy(base, kept(now.Base))
		m.peers[serial] = plan.Memory{Instance: now.Instance, Base: base, Intents: kept(now.Intents), Pins: kept(now.Pins), Settled: now.Settled}
	})
}

func (m *memory) Remember(_, serial string, records map[schema.Key]plan.Record, forget []schema.Key) error {
	return m.call("remember", func() {
		now := m.peers[serial]
		for _, key := range forget {
			delete(now.Base, key)
			delete(now.Intents, key)
		}
		for key := range records {
			delete(now.Intents, key)
		}
		maps.Copy(now.Base, kept(records))
		if len(records)+len(forget) > 0 {
			now.Settled = plan.Settled{}
			m.peers[serial] = now
		}
	})
}

func (m *memory) Finish(_ string, report, applied any) error {
	return m.call("finish", func() {
		if applied != nil {
			m.last = applied
		}
		data, err := json.Marshal(report)
		if err != nil {
			panic(err)
		}
		m.runs = append(m.runs, string(data))
	})
}

// kept is what a store gives back: secrets as marks.
func kept[V plan.Record | plan.Pin](records map[schema.Key]V) map[schema.Key]V {
	all := map[schema.Key]V{}
	for key, record := range records {
		data, err := json.Marshal(record)
		if err != nil {
			panic(err)
		}
		var back V
		if err := json.Unmarshal(data, &back); err != nil {
			panic(err)
		}
		all[key] = back
	}
	return all
}

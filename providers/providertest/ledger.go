package providertest

import (
	"encoding/json"
	"errors"
	"maps"
	"sync"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// errDead is what a process that was killed gets for everything it still tries.
var errDead = errors.New("the process is dead")

// ledger is a reconciler's state, without a disk.
type ledger struct {
	mu   sync.Mutex
	dead bool // of a process that was killed: nothing is written any more
	now  plan.Memory

	begins func(*plan.Memory) // is given what a run is about to do; may be nil
}

func newLedger() *ledger {
	return &ledger{now: plan.Memory{Base: map[schema.Key]plan.Record{}, Intents: map[schema.Key]plan.Record{}}}
}

func (l *ledger) die(dead bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = dead
}

func (l *ledger) died() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

// do is one transaction.
func (l *ledger) do(write func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return errDead
	}
	write()
	return nil
}

// Settled is of a peer of which nothing is open.
func (l *ledger) Settled(_, _ string) (instance string, as plan.Settled, err error) {
	err = l.do(func() {
		if len(l.now.Intents) == 0 {
			instance, as = l.now.Instance, l.now.Settled
		}
	})
	return instance, as, err
}

// Recall gives a copy.
func (l *ledger) Recall(_, _ string) (found plan.Memory, err error) {
	err = l.do(func() {
		found = l.now
		found.Base, found.Intents = maps.Clone(l.now.Base), maps.Clone(l.now.Intents)
	})
	return found, err
}

// Begin is that of reconcile.Store.
func (l *ledger) Begin(_, _ string, now plan.Memory, forget []schema.Key) error {
	if l.begins != nil {
		l.begins(&now)
	}
	base, err := kept(now.Base)
	intents, broken := kept(now.Intents)
	if err = errors.Join(err, broken); err != nil {
		return err
	}
	return l.do(func() {
		if l.now.Instance != now.Instance {
			l.now.Base = map[schema.Key]plan.Record{}
		}
		for _, key := range forget {
			delete(l.now.Base, key)
		}
		maps.Copy(l.now.Base, base)
		l.now.Instance, l.now.Intents, l.now.Settled = now.Instance, intents, now.Settled
	})
}

// Remember is that of reconcile.Store.
func (l *ledger) Remember(_, _ string, records map[schema.Key]plan.Record, forget []schema.Key) error {
	base, err := kept(records)
	if err != nil {
		return err
	}
	return l.do(func() {
		for _, key := range forget {
			delete(l.now.Base, key)
			delete(l.now.Intents, key)
		}
		for key := range base {
			delete(l.now.Intents, key)
		}
		maps.Copy(l.now.Base, base)
		if len(records)+len(forget) > 0 {
			l.now.Settled = plan.Settled{}
		}
	})
}

// Finish keeps no report.
func (l *ledger) Finish(string, any, any) error { return l.do(func() {}) }

// kept is what a file gives back: secrets as marks.
func kept(records map[schema.Key]plan.Record) (map[schema.Key]plan.Record, error) {
	all := map[schema.Key]plan.Record{}
	for key, record := range records {
		data, err := json.Marshal(record.Body)
		if err != nil {
			return nil, err
		}
		body, err := schema.DecodeValue(data)
		if err != nil {
			return nil, err
		}
		record.Body, _ = body.(map[string]any)
		all[key] = record
	}
	return all, nil
}

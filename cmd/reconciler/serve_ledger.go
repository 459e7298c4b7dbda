package main

import (
	"encoding/json"
	"errors"

	"github.com/gitops-reconciler/reconciler/reconcile/assign"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
)

// ledger is the store, in the words of the roles.
type ledger struct {
	*store.Store
	restored bool // the state was brought back from a backup
}

func (l ledger) Lead(cluster, leader string) (lease.Ledger, error) {
	return l.Store.Lead(cluster, leader, l.restored)
}

func (l ledger) Ledger(cluster string) (lease.Ledger, error) {
	is, err := l.Store.Ledger(cluster)
	return is, deposed(err)
}

func (l ledger) Swap(cluster string, s lease.Swap) error { return deposed(l.Store.Swap(cluster, s)) }

func (l ledger) Settle(cluster string, term uint64) error {
	return deposed(l.Store.Settle(cluster, term))
}

func deposed(err error) error {
	if errors.Is(err, store.ErrTerm) || errors.Is(err, store.ErrReplaced) {
		return errors.Join(roles.ErrDeposed, err)
	}
	return err
}

// dealt is a deal as it is kept: by kind and id.
type dealt map[string]map[string]int

func (l ledger) Deals(cluster string) (map[string]assign.Deal, error) {
	return dealsOf(l.Store, cluster)
}

func dealsOf(k keeping, cluster string) (map[string]assign.Deal, error) {
	kept, deals := map[string]dealt{}, map[string]assign.Deal{}
	if err := k.Deals(cluster, &kept); err != nil {
		return nil, err
	}
	for role, kinds := range kept {
		deals[role] = assign.Deal{}
		for kind, ids := range kinds {
			for id, place := range ids {
				deals[role][schema.Key{Kind: kind, ID: id}] = place
			}
		}
	}
	return deals, nil
}

func (l ledger) Deal(cluster string, deals map[string]assign.Deal) error {
	kept := map[string]dealt{}
	for role, deal := range deals {
		kept[role] = dealt{}
		for key, place := range deal {
			if kept[role][key.Kind] == nil {
				kept[role][key.Kind] = map[string]int{}
			}
			kept[role][key.Kind][key.ID] = place
		}
	}
	return l.Store.Deal(cluster, kept)
}

func (l ledger) Offs(cluster string) (map[string]roles.Off, error) {
	return bySerial[roles.Off](l.Store.Offs(cluster))
}

func (l ledger) Off(cluster, serial string, off *roles.Off) error {
	return l.Store.Off(cluster, serial, given(off))
}

func (l ledger) Enrolled(cluster string) (map[string]roles.Enrolment, error) {
	return bySerial[roles.Enrolment](l.Boots(cluster))
}

func (l ledger) Enrol(cluster, serial string, e *roles.Enrolment) error {
	return l.Boot(cluster, serial, given(e))
}

// bySerial reads what the store keeps of peers.
func bySerial[T any](kept map[string]json.RawMessage, err error) (map[string]T, error) {
	all := make(map[string]T, len(kept))
	for serial, data := range kept {
		var one T
		err = errors.Join(err, json.Unmarshal(data, &one))
		all[serial] = one
	}
	return all, err
}

// given is what a pointer leads to, for the store; nil where it leads nowhere, which takes out what is kept.
func given[T any](value *T) any {
	if value == nil {
		return nil
	}
	return value
}

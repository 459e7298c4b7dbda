package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Turn brings a few items of one peer to what is desired, now and whatever they were before, and reads them back: it is
// how a role is switched. Only their kinds are read. The error says which item is not as desired, and why.
func (r *Reconciler) Turn(ctx context.Context, target Target, serial string, keys []schema.Key, store Store) error {
	narrow := *target.Cluster
	narrow.Provider.Kinds = map[string]schema.Kind{}
	only := make(map[schema.Key]bool, len(keys))
	for _, key := range keys {
		narrow.Provider.Kinds[key.Kind] = target.Cluster.Provider.Kinds[key.Kind]
		only[key] = true
	}
	round, err := r.Plan(ctx, Target{Cluster: &narrow, Revision: target.Revision}, store, PlanOptions{
		TakeOver:  []string{serial},
		Overrides: Overrides{MaxDeletes: "100%", MaxUpdates: "100%", Reason: "a role moves"},
		Targeting: Targeting{Only: map[string]map[schema.Key]bool{serial: only}},
	})
	if err != nil {
		return err
	}
	defer round.Close()
	report, err := r.Apply(ctx, round, unreported{store})
	return errors.Join(err, turned(report))
}

// unreported keeps no report: that of the last run is for the runs of the whole.
type unreported struct{ Store }

func (unreported) Finish(string, any, any) error { return nil }

// turned says what keeps the items from being as desired.
func turned(r Report) error {
	for _, peer := range r.Peers {
		if peer.Problem != "" {
			return errors.New(peer.Problem)
		}
		for _, result := range peer.Results {
			if result.Status != Applied {
				return fmt.Errorf("%s is not as it shall be: %s", result.Change.Key, why(result))
			}
		}
	}
	return nil
}

func why(r Result) string {
	if r.Error != "" {
		return r.Error
	}
	for _, hold := range r.Change.Holds {
		return "it is held: " + string(hold.Why)
	}
	return string(r.Status)
}

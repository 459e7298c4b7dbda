package reconcile

import (
	"context"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Surveyed is all that a peer holds of the kinds that it shares, as far as it could be read.
type Surveyed struct {
	Serial   string
	Instance string
	Items    schema.Items      // of the kinds that could be listed, without what is left to the peer
	Left     int               // items that are the peer's own affair
	Problems map[string]string // why a kind, or with "" the whole peer, could not be read
}

// Survey reads peers, a bounded number at a time, and compares them with nothing. One that is suspended, or
// cannot be read, has its problem; the error is for ctx.
func (r *Reconciler) Survey(ctx context.Context, c *schema.Cluster, serials []string) ([]Surveyed, error) {
	all := make([]Surveyed, len(serials))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.parallelism())
	for i, serial := range serials {
		group.Go(func() error {
			all[i] = r.survey(ctx, c, serial)
			return ctx.Err()
		})
	}
	return all, group.Wait()
}

func (r *Reconciler) survey(ctx context.Context, c *schema.Cluster, serial string) Surveyed {
	s := Surveyed{Serial: serial, Items: schema.Items{}, Problems: map[string]string{}}
	if c.SuspendedAt(serial, r.Clock()) != nil {
		s.Problems[""] = "it is suspended, and neither read nor written"
		return s
	}
	r.tell(Event{Peer: serial, Phase: Reading})
	provider, err := r.Open(serial, c.Peers[serial])
	var o schema.Observation
	if err == nil {
		o, err = provider.Observe(ctx, slices.Sorted(maps.Keys(c.Shared(serial))))
	}
	s = surveyed(c, serial, o)
	if err != nil {
		s.Problems[""] = err.Error()
	}
	r.tell(Event{Peer: serial, Phase: Read, Problem: strings.Join(slices.Sorted(maps.Values(s.Problems)), "; ")})
	return s
}

// Surveyed is what the peers of a round hold, if its options asked for that. One that could not be read holds
// nothing here; why stands in its plan.
func (round *Round) Surveyed() []Surveyed {
	all := make([]Surveyed, len(round.peers))
	for i, p := range round.peers {
		all[i] = p.surveyed
		all[i].Serial = p.plan.Serial
	}
	return all
}

// surveyed takes out of an observation what is the peer's own affair.
func surveyed(c *schema.Cluster, serial string, o schema.Observation) Surveyed {
	s := Surveyed{Serial: serial, Instance: o.Instance, Items: schema.Items{}, Problems: map[string]string{}}
	for kind, listing := range o.Kinds {
		s.take(c, kind, listing)
	}
	return s
}

func (s *Surveyed) take(c *schema.Cluster, kind string, listing schema.Listing) {
	if listing.Err != nil {
		s.Problems[kind] = listing.Err.Error()
		return
	}
	s.Items[kind] = map[string]schema.Body{}
	for id, body := range listing.Items {
		if c.Leaves(s.Serial, schema.Key{Kind: kind, ID: id}) {
			s.Left++
			continue
		}
		s.Items[kind][id] = body
	}
}

package roles

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/assign"
	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// ErrDeposed is in the error of a Ledger whose term belongs to another controller.
var ErrDeposed = errors.New("another controller has taken over since")

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

const (
	rho   = 0.01             // how far a clock's rate may be from 1
	guard = time.Second      // what forcing a stop takes, and a timer may be late
	late  = 10 * time.Second // a request to a server without leases takes effect so late, or never
)

// Patience is how long a request to a server without leases may take, so that none takes effect later than the
// protocol thinks possible.
const Patience = late / 2

// input is what the assignment depends on.
func (o *owner) input(now time.Time) assign.Input {
	in := assign.Input{
		Cluster: o.cluster, Health: map[string]assign.Health{}, Previous: o.ledger.Places, Deal: o.deals.of,
		Asked: o.asked, Running: map[schema.Place][]string{}, Paused: o.paused, Frozen: o.frozen(now), Unfit: o.unfit, Now: now,
	}
	for _, v := range o.health.View() {
		in.Health[v.Serial] = assign.Health{Verdict: v.Verdict, Since: v.Since}
	}
	for serial, p := range o.peers {
		if in.Health[serial].Verdict != health.Live {
			continue // what it said last may be long over
		}
		for place, tenant := range p.answer.Places {
			if tenant.State == schema.Active {
				in.Running[place] = append(in.Running[place], serial)
			}
		}
	}
	return in
}

// frozen is why nothing is to move now; "": it may. When the watch has just begun, which it does once a configuration is
// in force, the peers are heard one after the other, and the first of them is not for that the first in rank.
func (o *owner) frozen(now time.Time) string {
	if hold := o.health.Hold(); hold != "" {
		return string(hold)
	}
	verdicts := o.health.Verdicts()
	for _, serial := range slices.Sorted(maps.Keys(o.peers)) {
		p := o.peers[serial]
		if verdicts[serial] == health.Unknown && now.Before(o.watched.Add(p.policy.Dead)) {
			return "the watch has just begun, and nothing was heard of " + serial + " yet"
		}
	}
	return ""
}

// view is what the protocol of the leases goes by.
func (o *owner) view(now time.Time, decision assign.Decision) lease.View {
	v := lease.View{
		Wishes: map[schema.Place]lease.Wish{}, Peers: make(map[string]lease.Peer, len(o.peers)),
		Now: o.since(now), Date: now.UTC(), // a pause is in the wishes, so that what is asked for still moves
	}
	for serial, p := range o.peers {
		v.Peers[serial] = lease.Peer{Answer: p.answer, Off: o.off(serial), BootsPassive: o.bootsPassive(serial)}
	}
	moves := map[schema.Place]assign.Move{}
	for _, m := range decision.Moves {
		moves[m.Place] = m
	}
	for name, role := range decision.Roles {
		for number, place := range role.Places {
			at := schema.Place{Role: name, Number: number}
			m, moved := moves[at]
			wish := o.wish(name, place.Holder)
			if moved {
				wish.Kind, wish.Cause = m.Kind, m.Cause
			}
			v.Wishes[at] = wish
		}
	}
	for place, seat := range o.ledger.Places {
		if _, wished := v.Wishes[place]; !wished && (o.frozen(now) != "" || o.paused != "") {
			wish := o.wish(place.Role, seat.Holder) // it is not released now
			wish.Class, wish.Terms = seat.Class, seat.Terms
			v.Wishes[place] = wish
		}
	}
	return v
}

func (o *owner) off(serial string) lease.Off {
	off, is := o.offs[serial]
	if !is {
		return lease.Off{}
	}
	return lease.Off{By: off.By, Lasts: off.Lasts, Since: o.since(off.Since)}
}

// wish is on what terms a peer is to hold a place of a role.
func (o *owner) wish(name, holder string) lease.Wish {
	role := o.cluster.Roles[name]
	return lease.Wish{
		Holder: holder, Class: o.class(role), Hold: role.StoreLost == "hold",
		Terms: lease.Terms{
			TTL: span(o.cluster.HealthOf(holder).Lease), StopWithin: span(role.StopWithin), Guard: guard, Rho: rho, Late: late,
		},
	}
}

// class is what a role asks of a move. One that switches nothing is only recorded: nobody can be asked to stop.
func (o *owner) class(role schema.Role) lease.Class {
	if role.Fencing != string(lease.Leased) && len(role.Runs) == 0 {
		return lease.BestEffort
	}
	return lease.Class(role.Fencing)
}

// span is a duration; the rules see to it that it is one.
func span(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}
	return d
}

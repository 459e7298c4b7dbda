package roles

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/assign"
	"github.com/gitops-reconciler/reconciler/schema"
)

// do has the owner do something, and waits for what comes of it. Once ctx has ended nobody waits, and the owner may do
// it all the same; so what comes of it is handed over, never written where the caller has it.
func do[T any](ctx context.Context, k *Keeper, what func(*owner) (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	k.post(func(o *owner) {
		value, err := what(o)
		done <- outcome{value, err}
	})
	select {
	case got := <-done:
		return got.value, got.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// ErrUncertain is for what is asked before this controller leads, or while what it knows need not be true.
var ErrUncertain = errors.New("it is not certain yet who holds what: ask again in a moment, and see the log of serve if it goes on")

// Switchover is what a switchover would do, or does.
type Switchover struct {
	Place   schema.Place  `json:"place"`
	From    string        `json:"from,omitempty"`
	To      string        `json:"to"`
	Moves   []assign.Move `json:"moves"` // all that follow from it
	Refused string        `json:"refused,omitempty"`
	Waits   string        `json:"waits,omitempty"` // for what it waits before it begins
	Until   time.Time     `json:"until,omitzero"`  // UTC, when it may then begin, unless more comes between; zero: that is not known
}

// Switch has a place move to a peer, or with dry only says what that would do. It is refused where the peer cannot hold
// the place now.
func (k *Keeper) Switch(ctx context.Context, place schema.Place, to string, dry bool) (Switchover, error) {
	return do(ctx, k, func(o *owner) (Switchover, error) {
		if !o.leads {
			return Switchover{}, ErrUncertain
		}
		s, err := o.switchover(place, to)
		if err == nil && !dry && s.Refused == "" {
			o.asked[place] = to
			delete(o.shunned, shunning{place.Role, to})
		}
		return s, err
	})
}

func (o *owner) switchover(place schema.Place, to string) (Switchover, error) {
	role, declared := o.decision.Roles[place.Role]
	switch {
	case !declared:
		return Switchover{}, fmt.Errorf("there is no role %s", place.Role)
	case place.Number >= len(role.Places):
		return Switchover{}, fmt.Errorf("role %s has places 0 to %d", place.Role, len(role.Places)-1)
	case o.cluster.Roles[place.Role].With != "":
		return Switchover{}, fmt.Errorf("role %s goes with %s: switch that over", place.Role, o.cluster.Roles[place.Role].With)
	}
	now := o.options.Clock()
	in := o.input(now)
	in.Unfit = nil // whoever asks for it says that it can
	in.Asked = maps.Clone(o.asked)
	in.Asked[place] = to
	then := assign.Assign(in)
	s := Switchover{Place: place, From: o.ledger.Places[place].Holder, To: to, Moves: then.Moves}
	if got := then.Roles[place.Role].Places[place.Number]; got.Holder != to {
		s.Refused = cmp.Or(got.Refused, got.Kept, to+" cannot hold it now")
		return s, nil
	}
	_, decided := o.reign.Decide(o.ledger, o.view(now, then))
	for _, w := range decided.Waits {
		if w.Place == place {
			s.Waits, s.Until = w.Why, o.date(w.Until)
		}
	}
	return s, nil
}

// Attest takes a person's word that a peer is off for good: nothing that it held runs there, also after a reboot.
func (k *Keeper) Attest(ctx context.Context, serial, by string) error {
	_, err := do(ctx, k, func(o *owner) (struct{}, error) { return struct{}{}, o.attest(serial, by) })
	return err
}

func (o *owner) attest(serial, by string) error {
	if !o.leads {
		return ErrUncertain
	}
	if o.peers[serial] == nil && !o.holds(serial) {
		return fmt.Errorf("there is no peer %s, and none of that name holds anything", serial)
	}
	return o.markOff(serial, Off{By: by, Lasts: true, Since: o.options.Clock().UTC()})
}

func (o *owner) holds(serial string) bool {
	for _, seat := range o.ledger.Places {
		if seat.Holder == serial {
			return true
		}
	}
	return false
}

// Pause keeps everything where it is, and the holders renewed; "" goes on.
func (k *Keeper) Pause(ctx context.Context, why string) error {
	_, err := do(ctx, k, func(o *owner) (struct{}, error) {
		o.paused = why
		return struct{}{}, nil
	})
	return err
}

// Holds is who runs what, for whoever brings peers to what they shall hold; ErrUncertain while that is not certain.
func (k *Keeper) Holds(ctx context.Context) (assign.Holds, error) {
	return do(ctx, k, func(o *owner) (assign.Holds, error) {
		if !o.leads || o.ledger.Restored || !o.lost.IsZero() {
			return assign.Holds{}, ErrUncertain
		}
		return HoldsOf(o.ledger, o.deals.inForce()), nil
	})
}

package roles

import (
	"maps"

	"github.com/gitops-reconciler/reconciler/reconcile/assign"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// deals are which place runs each item of the roles that are spread. An item changes its place as a role changes its
// holder: nobody runs it before whoever did is seen to have stopped.
type deals struct {
	of    map[string]assign.Deal
	leave map[schema.Key]leaving // items on their way

	items map[string]map[schema.Place][]schema.Key // by serial: what each place switches there; not worked out if missing
}

// leaving is an item that was taken off a place.
type leaving struct {
	from    schema.Place
	holder  string // of the place, then
	epoch   uint64
	stopped bool // the holder was seen not to run it any more
}

// forget has it worked out anew what the places switch.
func (d *deals) forget() { d.items = nil }

// inForce is a copy of what is dealt.
func (d *deals) inForce() map[string]assign.Deal {
	all := make(map[string]assign.Deal, len(d.of))
	for name, deal := range d.of {
		all[name] = maps.Clone(deal)
	}
	return all
}

// dealt goes on from the deal in force to the one that was decided.
func (o *owner) dealt() {
	next, changed := o.deals.inForce(), map[schema.Key]string{}
	for name, role := range o.decision.Roles {
		if !o.cluster.Roles[name].Spread {
			continue
		}
		if next[name] == nil {
			next[name] = assign.Deal{}
		}
		o.takeOff(name, next[name], role.Deal, changed)
		o.giveOut(name, next[name], role.Deal, changed)
	}
	if len(changed) == 0 {
		return
	}
	if err := o.options.Ledger.Deal(o.cluster.Name, next); err != nil {
		o.unwritten(err)
		return
	}
	o.deals.of = next
	o.deals.forget()
	for key, serial := range changed {
		if p := o.peers[serial]; p != nil {
			p.turn[key] = true
		}
	}
}

// takeOff takes items off the places that they are to leave. changed says at whom.
func (o *owner) takeOff(name string, have, want assign.Deal, changed map[schema.Key]string) {
	if o.deals.leave == nil {
		o.deals.leave = map[schema.Key]leaving{}
	}
	for key, number := range have {
		if to, dealt := want[key]; dealt && to == number {
			continue
		}
		from := schema.Place{Role: name, Number: number}
		seat := o.ledger.Places[from]
		o.deals.leave[key] = leaving{from: from, holder: seat.Holder, epoch: seat.Epoch}
		delete(have, key)
		changed[key] = seat.Holder
	}
}

// giveOut gives items their place once they run nowhere else.
func (o *owner) giveOut(name string, have, want assign.Deal, changed map[schema.Key]string) {
	for key, number := range want {
		if _, dealt := have[key]; dealt || !o.left(key) {
			continue
		}
		delete(o.deals.leave, key)
		have[key] = number
		changed[key] = o.ledger.Places[schema.Place{Role: name, Number: number}].Holder
	}
}

// left tells whether an item runs at its old place no more. That the place has another holder by now is as good as
// having seen it: nobody follows on a holder that may still run.
func (o *owner) left(key schema.Key) bool {
	was, is := o.deals.leave[key]
	return !is || was.stopped || was.holder == "" || o.ledger.Places[was.from].Epoch != was.epoch
}

// turned is told which items a peer was seen to have as they were last dealt.
func (o *owner) turned(p *peer, keys []schema.Key) {
	for _, key := range keys {
		delete(p.turn, key)
		if was, is := o.deals.leave[key]; is && was.holder == p.serial {
			was.stopped = true
			o.deals.leave[key] = was
		}
	}
}

// at is what each place switches on a peer.
func (o *owner) at(serial string) map[schema.Place][]schema.Key {
	d := &o.deals
	if d.items == nil {
		d.items = map[string]map[schema.Place][]schema.Key{}
	}
	if d.items[serial] == nil {
		d.items[serial] = o.switches(serial)
	}
	return d.items[serial]
}

func (o *owner) switches(serial string) map[schema.Place][]schema.Key {
	all := map[schema.Place][]schema.Key{}
	c := o.within(serial)
	desired := c.Desired(serial)
	for place := range o.places() {
		role := c.Roles[place.Role]
		if role.Fencing == string(lease.Leased) || len(role.Runs) == 0 {
			continue
		}
		all[place] = nil // it switches nothing here, perhaps
		for kind, selection := range role.Runs {
			for id := range desired[kind] {
				key := schema.Key{Kind: kind, ID: id}
				number, dealt := o.deals.of[place.Role][key]
				if selection.Names(id) && !c.Leaves(serial, key) && (!role.Spread || dealt && number == place.Number) {
					all[place] = append(all[place], key)
				}
			}
		}
	}
	return all
}

// places are those that there are, and those that somebody holds still.
func (o *owner) places() map[schema.Place]bool {
	all := map[schema.Place]bool{}
	for place := range o.ledger.Places {
		all[place] = true
	}
	for name, role := range o.decision.Roles {
		for number := range role.Places {
			all[schema.Place{Role: name, Number: number}] = true
		}
	}
	return all
}

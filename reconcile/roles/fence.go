package roles

import (
	"context"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Fenced is whom a fence is to keep from running anything, and for which role.
type Fenced struct {
	Cluster string `json:"cluster"`
	Peer    string `json:"peer"`
	Address string `json:"address"`
	Role    string `json:"role"`
}

// again is how long after a fence that failed it is tried once more.
const again = 30 * time.Second

// fence has the holders fenced for which a place is BLOCKED, where its role has a fence. Only who is DEAD is: what is
// not known to be lost is not to be broken.
func (o *owner) fence(ctx context.Context, now time.Time) {
	verdicts := o.health.Verdicts()
	for place, w := range o.waits {
		hook, has := o.cluster.Hooks[o.cluster.Roles[place.Role].Fence]
		if !w.told || !has {
			continue
		}
		for _, serial := range w.Unseen {
			p := o.peers[serial]
			if p == nil || verdicts[serial] != health.Dead || p.fencing || now.Before(p.fenceDue) {
				continue
			}
			if hook.Reboots && !o.bootsPassive(serial) {
				continue // it would come back, and run it
			}
			o.fenceOff(ctx, p, hook, o.cluster.Roles[place.Role].Fence, place.Role)
		}
	}
}

func (o *owner) fenceOff(ctx context.Context, p *peer, hook schema.Hook, name, role string) {
	p.fencing = true
	whom := Fenced{Cluster: o.cluster.Name, Peer: p.serial, Address: p.address.Address, Role: role}
	o.options.Events(Event{Kind: Fencing, Peer: p.serial, Text: name})
	o.work.Go(func() {
		err := o.options.Fence(ctx, hook, whom)
		o.post(func(o *owner) { o.fenced(p, name, !hook.Reboots, err) })
	})
}

// fenced takes what came of a fence. It holds until the peer was seen to run nothing; one that lasts, across a reboot.
func (o *owner) fenced(p *peer, name string, lasts bool, err error) {
	now := o.options.Clock()
	p.fencing, p.fenceDue = false, now.Add(again)
	if err == nil {
		err = o.markOff(p.serial, Off{By: "fence " + name, Lasts: lasts, Since: now.UTC()})
	}
	if err != nil {
		o.options.Events(Event{Kind: FenceFail, Peer: p.serial, Text: err.Error()})
		return
	}
	o.options.Events(Event{Kind: FenceDone, Peer: p.serial, Text: name})
}

// markOff writes down that a peer runs nothing.
func (o *owner) markOff(serial string, off Off) error {
	if err := o.options.Ledger.Off(o.cluster.Name, serial, &off); err != nil {
		return err
	}
	if o.offs == nil {
		o.offs = map[string]Off{}
	}
	o.offs[serial] = off
	return nil
}

package assign

import (
	"fmt"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
)

// vacate frees the chairs of those that do not keep them, and fixes those that do not move now.
func (t *table) vacate() {
	for i := range t.chairs {
		c := &t.chairs[i]
		switch {
		case i >= t.places && c.seating.Holder == "" && c.who == nobody:
		case i >= t.places:
			t.free(i, lease.Release, fmt.Sprintf("the role has %s now", plural(t.places, "place")))
		case c.who == outsider:
			t.free(i, c.kind, c.cause)
		case c.who >= 0:
			t.leave(i)
		}
	}
}

// leave decides whether who sits on a chair loses it.
func (t *table) leave(i int) {
	c := &t.chairs[i]
	p := t.ranked[c.who]
	switch p.standing {
	case leaving:
		t.free(i, lease.Switchover, p.serial+" is suspended, and releases its roles")
	case lost:
		if c.kept, c.until = t.keeps(c, p.peer); c.kept == "" {
			t.free(i, lease.Failover, p.serial+" is "+t.verdict(p.peer))
		}
	case staying:
		if until := t.waits(p.peer); dead(p.peer) {
			c.kept, c.until = fmt.Sprintf("%s; it waits until %s", t.verdict(p.peer), t.clock(until)), until
		}
	case ready:
	}
	c.fixed = c.fixed || c.who >= 0 && p.standing != ready
}

// keeps is why a place stays with its lost holder, and until when; "" if it does not.
func (t *table) keeps(c *chair, p *peer) (string, time.Time) {
	if !t.role.Failover {
		return fmt.Sprintf("%s; no failover: roles switchover %s --to SERIAL", t.verdict(p), t.name), time.Time{}
	}
	if group, until := t.settles(c, lease.Failover); group == p.group && t.in.Now.Before(until) {
		return fmt.Sprintf("%s; it moved a short while ago, and settles until %s: roles switchover %s --to SERIAL", t.verdict(p), t.clock(until), t.name), until
	}
	return "", time.Time{}
}

// settles is until when a place stays because of an earlier recovery that is at least as big, and the group that
// had to do with it.
func (t *table) settles(c *chair, kind lease.Kind) (group string, until time.Time) {
	s := c.seating
	caused := s.From // who was lost; or who came back
	if s.Kind == lease.Failback {
		caused = s.Holder
	}
	if size(s.Kind) < size(kind) {
		return "", time.Time{}
	}
	return t.groupOf(caused), s.Since.Add(span(t.role.Settle))
}

// size ranks the kinds of recovery; what is none has none.
func size(kind lease.Kind) int {
	switch kind {
	case lease.Failover:
		return 2
	case lease.Failback:
		return 1
	default:
		return 0
	}
}

// groupOf is a peer's group; "" also for a peer that is gone.
func (r roster) groupOf(serial string) string {
	if i, ok := r.index[serial]; ok {
		return r.peers[i].group
	}
	return ""
}

// hold keeps everything where it is, and says so of what would move.
func (t *table) hold(why string) {
	for i := range t.chairs {
		c := &t.chairs[i]
		away := c.who < 0 || t.ranked[c.who].standing == lost || t.ranked[c.who].standing == leaving
		stays := t.holder(c) == c.seating.Holder
		if stays && (away || i >= t.places) {
			c.kept = why
		}
		c.fixed = true
	}
}

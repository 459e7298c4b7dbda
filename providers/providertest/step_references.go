package providertest

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// references: in one apply, what others refer to is there before them, and goes after them, whatever the
// kinds are called. It looks at the calls, since not every server minds.
func (s *story) references(t testing.TB) {
	o := s.operator(t)
	o.applies(t, s.created)
	for _, pair := range s.pairs() {
		if !o.spy.follows(call{op: "create", key: pair[0]}, call{op: "create", key: pair[1]}) {
			t.Errorf("%s was made before %s, which it refers to, was there", pair[0], pair[1])
		}
	}
	o.settles(t, s.created)
	o.applies(t, nil)
	for _, pair := range s.pairs() {
		if !o.spy.follows(call{op: "delete", key: pair[1]}, call{op: "delete", key: pair[0]}) {
			t.Errorf("%s was deleted before %s, which refers to it, was gone", pair[1], pair[0])
		}
	}
	o.settles(t, nil)
}

// pairs are each item and one that it refers to, of those that can be made and deleted.
func (s *story) pairs() [][2]schema.Key {
	var pairs [][2]schema.Key
	for from, body := range each(s.created) {
		for _, to := range s.provider.Kinds[from.Kind].References(body) {
			if s.created[to.Kind][to.ID] != nil && !s.permanent(from) && !s.permanent(to) {
				pairs = append(pairs, [2]schema.Key{from, to})
			}
		}
	}
	return pairs
}

// follows tells whether one call began after another had ended.
func (s *spy) follows(second, first call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := func(c call, ended bool) int {
		return slices.IndexFunc(s.log, func(m moment) bool { return m.op == c.op && m.key == c.key && m.ended == ended })
	}
	end, begin := at(first, true), at(second, false)
	return end >= 0 && begin > end
}

// inUse: what an item of somebody else still refers to is not deleted, and all else is.
func (s *story) inUse(t testing.TB) {
	user, body, used := s.foreignUser()
	if len(used) == 0 {
		return // no kind refers to others: cases without references where some do are found before
	}
	o := s.operator(t)
	o.brings(t, s.created)
	s.write(t, plan.Create, schema.Items{user.Kind: {user.ID: body}})
	round := o.plan(t, nil)
	for _, change := range round.Plan.Peers[0].Changes {
		if inUse := change.WaitsFor(plan.InUse); inUse != used[change.Key] {
			t.Errorf("%s: held as in use: %t, want %t", change, inUse, used[change.Key])
		}
	}
	for key, result := range o.apply(t.Context(), t, round) {
		if want := map[bool]reconcile.Status{true: reconcile.Held, false: reconcile.Applied}[used[key]]; result.Status != want {
			t.Errorf("delete %s: %s: %s, want it to be %s", key, result.Status, because(result), want)
		}
		if !used[key] {
			s.note(plan.Change{Key: key, Action: plan.Delete})
		}
	}
	s.holds(t, s.client)
	s.write(t, plan.Delete, schema.Items{user.Kind: {user.ID: body}})
	o.brings(t, nil)
}

// foreignUser is an item like one of ours, of somebody else, and all that cannot go because of it.
func (s *story) foreignUser() (user schema.Key, body schema.Body, used map[schema.Key]bool) {
	used = map[schema.Key]bool{}
	var use func(body schema.Body, kind string)
	use = func(body schema.Body, kind string) {
		for _, to := range s.provider.Kinds[kind].References(body) {
			if there := s.created[to.Kind][to.ID]; there != nil && !s.permanent(to) {
				used[to] = true
				use(there, to.Kind)
			}
		}
	}
	for _, key := range sorted(keyed(s.created)) {
		kind := s.provider.Kinds[key.Kind]
		if body = s.created[key.Kind][key.ID]; len(kind.References(body)) == 0 || kind.Permanent {
			continue
		}
		for _, pointer := range kind.Unique {
			body = schema.Remove(body, pointer)
		}
		use(body, key.Kind)
		return schema.Key{Kind: key.Kind, ID: s.name(key.Kind, lastNumber)}, body, used
	}
	return schema.Key{}, nil, nil
}

// lastNumber is for names of which only one is needed.
const lastNumber = 99

func keyed(items schema.Items) map[schema.Key]schema.Body {
	return maps.Collect(each(items))
}

// failure: an item that cannot be made keeps those back that refer to it, and no others; the next run
// makes them all.
func (s *story) failure(t testing.TB) {
	broken, dependants := s.pillar()
	if len(dependants) == 0 {
		return
	}
	o := s.operator(t)
	o.spy.before = func(c call, _ int) error {
		if c.key == broken && c.op == "create" {
			return &schema.Failure{Op: "create " + broken.String(), Cause: schema.Rejected, Err: errors.New("not today")}
		}
		return nil
	}
	for key, result := range o.apply(t.Context(), t, o.plan(t, s.created)) {
		want := reconcile.Applied
		switch {
		case key == broken:
			want = reconcile.Failed
		case dependants[key]:
			want = reconcile.NotAttempted
		}
		if result.Status != want {
			t.Errorf("while %s cannot be made: %s is %s: %s, want it to be %s", broken, key, result.Status, result.Error, want)
		}
	}
	o.spy.reset()
	o.brings(t, s.created)
	o.brings(t, nil)
}

// pillar is the item on which most others stand, and those.
func (s *story) pillar() (schema.Key, map[schema.Key]bool) {
	var pillar schema.Key
	most := map[schema.Key]bool{}
	for _, key := range sorted(keyed(s.created)) {
		if on := s.standingOn(key); !s.permanent(key) && len(on) > len(most) {
			pillar, most = key, on
		}
	}
	return pillar, most
}

// standingOn are the items that refer to one, and those that refer to them.
func (s *story) standingOn(key schema.Key) map[schema.Key]bool {
	on := map[schema.Key]bool{}
	for next := []schema.Key{key}; len(next) > 0; next = next[1:] {
		for _, user := range s.users(s.created, next[0]) {
			if !on[user] {
				on[user] = true
				next = append(next, user)
			}
		}
	}
	return on
}

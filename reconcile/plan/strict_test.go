package plan

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/schema"
)

// strict is a peer that must never be asked for what it would refuse, or make worse of.
type strict struct {
	t      *rapid.T
	in     Input
	coming map[schema.Key]bool // what is still to be made
}

func (s *strict) has(key schema.Key) bool {
	_, there := s.in.Observed.Kinds[key.Kind].Items[key.ID]
	return there
}

// carryOut makes a change: no two items have the same, nothing refers to what goes, and what is referred
// to and is to be made has been made.
func (s *strict) carryOut(c Change) {
	if c.Action == Delete || c.Action == Replace {
		if users := naiveUsers(s.in, c.Key); len(users) > 0 {
			s.t.Fatalf("%s, and %v still use it", c, users)
		}
		delete(s.in.Observed.Kinds[c.Kind].Items, c.ID)
		delete(s.in.Base, c.Key)
	}
	if c.Action == Delete {
		return
	}
	items := s.in.Observed.Kinds[c.Kind].Items
	items[c.ID] = schema.Merge(items[c.ID], c.Body)
	s.in.Base[c.Key] = Record{Body: c.Body, Revision: "r2"}
	delete(s.coming, c.Key)
	for _, key := range s.in.Kinds[c.Kind].References(items[c.ID]) {
		if s.coming[key] && !s.has(key) {
			s.t.Fatalf("%s before %s", c, key)
		}
	}
	if c.Kind != "c" {
		s.unique(c)
	}
}

func (s *strict) unique(c Change) {
	items := s.in.Observed.Kinds[c.Kind].Items
	mine, authored := c.Body["u"]
	for id, body := range items {
		if u, has := body["u"]; id != c.ID && authored && has && u == mine && u != "" {
			s.t.Fatalf("%s: %s has the same u", c, id)
		}
	}
}

// naiveUsers looks through everything.
func naiveUsers(in Input, key schema.Key) []schema.Key {
	var users []schema.Key
	for kind, listing := range in.Observed.Kinds {
		for id, body := range listing.Items {
			if slices.Contains(in.Kinds[kind].References(body), key) {
				users = append(users, schema.Key{Kind: kind, ID: id})
			}
		}
	}
	return users
}

func (s *strict) waves(waves [][]Change, p Peer) {
	done := map[schema.Key]bool{}
	for _, wave := range waves {
		for _, c := range wave {
			for _, d := range c.After {
				if there := slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Key == d.Key && !c.Held }); there && !done[d.Key] {
					s.t.Fatalf("%s needs %v, which is not done", c, d)
				}
			}
		}
		for _, c := range wave {
			s.carryOut(c)
			done[c.Key] = true
		}
	}
}

// naiveObstacles names what will refer to an item that is to go.
func naiveObstacles(in Input, changes map[schema.Key]Change, gone Change) []string {
	var users []string
	if gone.Action != Delete && gone.Action != Replace {
		return nil
	}
	for kind, k := range in.Kinds {
		for _, id := range []string{"1", "2", "3"} {
			key := schema.Key{Kind: kind, ID: id}
			now := slices.Contains(k.References(in.Observed.Kinds[kind].Items[id]), gone.Key)
			c, changed := changes[key]
			later := changed && c.Action != Delete && slices.Contains(k.References(result(in, c)), gone.Key)
			stays := !changed || c.Held || gone.Action == Replace && !naiveEarly(in, changes, c)
			if key != gone.Key && (stays && now || gone.Action == Delete && later) {
				users = append(users, key.String())
			}
		}
	}
	return users
}

// naiveEarly tells whether only deletions have to come before a deletion.
func naiveEarly(in Input, changes map[schema.Key]Change, c Change) bool {
	if c.Action != Delete {
		return false
	}
	for _, user := range naiveUsers(in, c.Key) {
		if u, changed := changes[user]; !changed || !naiveEarly(in, changes, u) {
			return false
		}
	}
	return true
}

// result is an item after its change.
func result(in Input, c Change) schema.Body {
	if c.Action != Update {
		return c.Body
	}
	return schema.Merge(in.Observed.Kinds[c.Kind].Items[c.ID], c.Body)
}

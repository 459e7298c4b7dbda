package assign

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

func holders(r Role) []string {
	all := []string{}
	for _, place := range r.Places {
		all = append(all, place.Holder)
	}
	return all
}

// TestSecondImplementation: a second implementation, made to be simple, seats the same.
func TestSecondImplementation(t *testing.T) { rapid.Check(t, seatsTheSame) }

// FuzzSecondImplementation looks for states in which they do not.
func FuzzSecondImplementation(f *testing.F) { f.Fuzz(rapid.MakeFuzz(seatsTheSame)) }

func seatsTheSame(t *rapid.T) {
	in := drawInput(t)
	d := Assign(in)
	if want, got := oracleOf(in, "alone"), holders(d.Roles["alone"]); !slices.Equal(want, got) {
		t.Fatalf("alone: want %q, got %q", want, got)
	}
	if in.Paused != "" {
		return // then a follower stays behind, unless its lead was asked for
	}
	if want, got := oracleOf(in, "with"), holders(d.Roles["with"]); !slices.Equal(want, got) {
		t.Fatalf("with: want %q, got %q", want, got)
	}
}

// TestSameBytes: equal inputs give equal bytes, in whatever order their maps come.
func TestSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		before := bytesOf(t, in)
		want := bytesOf(t, Assign(in))
		for range 3 {
			again := in
			again.Cluster = new(*in.Cluster)
			again.Cluster.Peers, again.Cluster.Roles = reversed(in.Cluster.Peers), reversed(in.Cluster.Roles)
			again.Health, again.Previous = reversed(in.Health), reversed(in.Previous)
			if got := bytesOf(t, Assign(again)); got != want {
				t.Fatalf("once %s\nthen %s", want, got)
			}
		}
		if bytesOf(t, in) != before {
			t.Fatal("the input was modified")
		}
	})
}

func bytesOf(t *rapid.T, v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// reversed is a map that was filled from the other end.
func reversed[K ~string | schema.Place, V any](m map[K]V) map[K]V {
	keys := slices.Collect(maps.Keys(m))
	slices.Reverse(keys)
	other := make(map[K]V, len(m)*8)
	for _, key := range keys {
		other[key] = m[key]
	}
	return other
}

// TestInvariants: whatever the state, no role has more holders than it asks for, no peer two of its places, and
// nobody gets anything new who is not LIVE, eligible and in the relation; a place that a lost peer keeps says why.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		in.Frozen, in.Paused = "", ""
		d := Assign(in)
		after := carryOut(in, d)
		for name, role := range d.Roles {
			lead := in.Cluster.Roles["alone"]
			if n := lead.Holders.Count; n > 0 && len(role.Places) > n {
				t.Fatalf("%s: %d places", name, len(role.Places))
			}
			seen := map[string]bool{}
			for i, place := range role.Places {
				checkPlace(t, in, lead, schema.Place{Role: name, Number: i}, place)
				if place.Holder != "" && seen[place.Holder] {
					t.Fatalf("%s: %s has two places", name, place.Holder)
				}
				seen[place.Holder] = true
			}
			for place, seating := range after {
				if place.Role == name && place.Number >= len(role.Places) && seating.Holder != "" {
					t.Fatalf("%s is a place too many, and %s holds it", place, seating.Holder)
				}
			}
		}
	})
}

func checkPlace(t *rapid.T, in Input, role schema.Role, key schema.Place, place Place) {
	if place.Holder == "" {
		return
	}
	peer, known := in.Cluster.Peers[place.Holder]
	verdict := in.Health[place.Holder].Verdict
	suspended := in.Cluster.SuspendedAt(place.Holder, in.Now)
	listed := len(role.Candidates) == 0 || slices.Contains(role.Candidates, place.Holder)
	if !known || !peer.Electable || !listed || role.Group != "" && role.Group != peer.Group {
		t.Fatalf("%s: %s is not eligible", key, place.Holder)
	}
	if (verdict == health.Dead || verdict == health.Close) && place.Kept == "" {
		t.Fatalf("%s: %s is %s, and keeps it without a reason", key, place.Holder, verdict)
	}
	if was := in.Previous[key].Holder; was != place.Holder && (verdict != health.Live || suspended != nil) {
		t.Fatalf("%s goes from %s to %s, which is %s, suspended: %v", key, was, place.Holder, verdict, suspended)
	}
}

// TestAnswered: what somebody asks for is done or refused, and never both.
func TestAnswered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		places := Assign(in).Roles["alone"].Places
		for i, place := range places {
			asked := in.Asked[schema.Place{Role: "alone", Number: i}]
			done := asked == "" || place.Holder == asked
			if done != (place.Refused == "") {
				t.Fatalf("place %d of %q: %q was asked for, refused: %q", i, place.Holder, asked, place.Refused)
			}
		}
	})
}

// TestEveryCandidateHasAReason: in order of rank, whatever the state.
func TestEveryCandidateHasAReason(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		for name, role := range Assign(in).Roles {
			o := &oracle{in: in, role: in.Cluster.Roles["alone"]}
			o.rank()
			var electable []string
			for _, c := range role.Candidates {
				if c.Reason == "" {
					t.Fatalf("%s: nothing is said of %s", name, c.Serial)
				}
				if in.Cluster.Peers[c.Serial].Electable {
					electable = append(electable, c.Serial)
				}
			}
			if !slices.Equal(electable, o.ranked) {
				t.Fatalf("%s: candidates are %q, want %q", name, electable, o.ranked)
			}
		}
	})
}

// TestKinds: the kind of a move says the truth of whom it leaves.
func TestKinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		for place, s := range in.Previous {
			s.Move = nil
			in.Previous[place] = s
		}
		d := Assign(in)
		for _, m := range d.Moves {
			verdict := in.Health[m.From].Verdict
			gone := verdict == health.Dead || verdict == health.Close
			gone = gone || in.Unfit["alone"][m.From] != ""
			fails := in.Cluster.Roles["alone"].Failback
			ok := false
			switch m.Kind {
			case lease.First:
				ok = m.From == "" && m.To != ""
			case lease.Failover:
				ok = gone
			case lease.Failback:
				ok = fails && !gone && m.To != ""
			case lease.Switchover:
				ok = m.From != "" && m.To != "" && (!gone || slices.Contains(slices.Collect(maps.Values(in.Asked)), m.To))
			case lease.Release:
				ok = m.From != "" && m.To == "" && !gone
			}
			if !ok || m.Cause == "" || !m.Began.Equal(in.Now) {
				t.Fatalf("%+v: %s is %q", m, m.From, verdict)
			}
		}
	})
}

// TestHealthyHoldersStay: who is LIVE and eligible stays in its place or moves to a better one, unless somebody
// asked, the role fails back, or there are fewer places.
func TestHealthyHoldersStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		role := in.Cluster.Roles["alone"]
		role.Failback = false
		in.Cluster.Roles["alone"] = role
		in.Asked = nil
		settleDown(&in)
		for serial, h := range in.Health {
			h.Verdict = rapid.SampledFrom([]health.Verdict{health.Live, health.Dead, health.Close, health.Unknown}).Draw(t, "then")
			in.Health[serial] = h
		}
		d := Assign(in)
		now := d.Roles["alone"].Places
		for place, s := range in.Previous {
			if place.Role != "alone" || s.Holder == "" || in.Unfit["alone"][s.Holder] != "" || in.Health[s.Holder].Verdict != health.Live || place.Number >= len(now) {
				continue
			}
			at := slices.IndexFunc(now, func(p Place) bool { return p.Holder == s.Holder })
			free := !slices.Contains(holders(d.Roles["alone"]), "")
			if at < 0 || at != place.Number && (at > place.Number || now[at].Seat == now[place.Number].Seat) {
				t.Fatalf("%s: %s was there, is LIVE, and is at %d now (all taken: %v)", place, s.Holder, at, free)
			}
		}
	})
}

// settleDown carries out what is decided, with everyone in the relation, and a long time after.
func settleDown(in *Input) {
	in.Paused, in.Frozen = "", ""
	for serial, p := range in.Cluster.Peers {
		p.Suspended = nil
		in.Cluster.Peers[serial] = p
	}
	d := Assign(*in)
	in.Previous, in.Asked = carryOut(*in, d), nil
	in.Deal = deals(Assign(*in))
	in.Now = in.Now.Add(time.Hour)
}

func deals(d Decision) map[string]Deal {
	all := map[string]Deal{}
	for name, role := range d.Roles {
		all[name] = role.Deal
	}
	return all
}

// TestStable: what was decided and carried out, moves nothing more; and as long as it is under way, the same
// is decided.
func TestStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		in.Asked = nil
		first := Assign(in)
		under := in
		under.Previous = maps.Clone(in.Previous)
		for _, m := range first.Moves {
			s := under.Previous[m.Place]
			s.Move = &m.Move
			under.Previous[m.Place] = s
		}
		if d := cmp.Diff(moveTexts(first.Moves), moveTexts(Assign(under).Moves)); d != "" && in.Frozen == "" && in.Paused == "" {
			t.Fatalf("under way it is decided otherwise:\n%s", d)
		}
		in.Previous, in.Deal = carryOut(in, first), deals(first)
		again := Assign(in)
		if len(again.Moves) > 0 {
			t.Fatalf("decided again: %v", again.Moves)
		}
		in.Deal = deals(again)
		first, again = again, Assign(in)
		if d := cmp.Diff(deals(first), deals(again)); d != "" && in.Paused == "" {
			t.Fatalf("dealt again:\n%s", d)
		}
	})
}

func moveTexts(moves []Move) []string {
	var all []string
	for _, m := range moves {
		all = append(all, m.Place.String()+" to "+m.To)
	}
	return all
}

// TestNextIsWhoTakes: who is shown as next takes the place if its holder dies; a peer without a place may get
// another one instead, if one is free or the role goes by rank.
func TestNextIsWhoTakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		role := in.Cluster.Roles["alone"]
		role.Settle, role.Wait, role.Failover = "0s", "0s", true
		in.Cluster.Roles["alone"] = role
		settleDown(&in)
		before := Assign(in).Roles["alone"]
		for i, place := range before.Places {
			if place.Holder == "" {
				continue
			}
			then := in
			then.Health = maps.Clone(in.Health)
			then.Health[place.Holder] = Health{health.Dead, in.Now}
			after := Assign(then).Roles["alone"]
			comesIn := !slices.Contains(holders(before), place.Next) && slices.Contains(holders(after), place.Next)
			if after.Places[i].Holder != place.Next && !comesIn {
				t.Fatalf("place %d of %s: %q was next, and %q took it", i, place.Holder, place.Next, after.Places[i].Holder)
			}
		}
	})
}

// TestDealIsEven: every item that some holder has is dealt to one of those that have it; where all have all, the
// numbers differ by one at most, and no item moves but from a place that fell free or has too many.
func TestDealIsEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		for serial, p := range in.Cluster.Peers {
			p.Items = nil
			in.Cluster.Peers[serial] = p
		}
		settleDown(&in)
		drawHealth(t, in)
		before := Assign(in)
		in.Previous, in.Deal = carryOut(in, before), deals(before)
		for name, role := range Assign(in).Roles {
			n := map[int]int{}
			for _, place := range role.Deal {
				n[place]++
			}
			held, least, most := 0, len(in.Cluster.Items["job"]), 0
			for i, place := range role.Places {
				if place.Holder == "" {
					if n[i] > 0 {
						t.Fatalf("%s: items were dealt to place %d, which nobody holds", name, i)
					}
					continue
				}
				held++
				least, most = min(least, n[i]), max(most, n[i])
			}
			if held > 0 && (most-least > 1 || len(role.Deal) != len(in.Cluster.Items["job"])) {
				t.Fatalf("%s: dealt %v", name, role.Deal)
			}
			moved, homeless := movedItems(in.Deal[name], role)
			if moved > homeless+surplus(in.Deal[name], role) {
				t.Fatalf("%s: %d items moved, %d had to: %v, then %v", name, moved, homeless, in.Deal[name], role.Deal)
			}
		}
	})
}

// movedItems are how many items are elsewhere now, and how many of those had no place any more.
func movedItems(before Deal, role Role) (moved, homeless int) {
	for key, place := range role.Deal {
		was, dealt := before[key]
		if dealt && was != place {
			moved++
			if was >= len(role.Places) || role.Places[was].Holder == "" {
				homeless++
			}
		}
	}
	return moved, homeless
}

// surplus is how many items places have beyond what is even, with as many places as possible allowed one more.
func surplus(before Deal, role Role) int {
	n, held := map[int]int{}, 0
	for _, place := range before {
		n[place]++
	}
	for _, place := range role.Places {
		if place.Holder != "" {
			held++
		}
	}
	if held == 0 {
		return 0
	}
	each, over, too := len(role.Deal)/held, len(role.Deal)%held, 0
	for i, place := range role.Places {
		if place.Holder == "" {
			continue
		}
		if n[i] > each && over > 0 {
			over--
			too += n[i] - each - 1
		} else {
			too += max(0, n[i]-each)
		}
	}
	return too
}

// TestSettle: between two unplanned moves of the same sort there is always so much time.
func TestSettle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		role := in.Cluster.Roles["alone"]
		role.Settle = "10m"
		in.Cluster.Roles["alone"] = role
		for serial, p := range in.Cluster.Peers {
			p.Group = "" // so that all of them have to do with each other
			in.Cluster.Peers[serial] = p
		}
		role.Group, role.Within = "", "cluster"
		in.Cluster.Roles["alone"] = role
		in.Previous, in.Asked = nil, nil
		type sort struct {
			place schema.Place
			kind  lease.Kind
		}
		last := map[sort]time.Time{}
		for range 12 {
			drawHealth(t, in)
			d := Assign(in)
			for _, m := range d.Moves {
				if m.Kind != lease.Failover || m.Place.Role != "alone" {
					continue
				}
				key := sort{m.Place, m.Kind}
				if before, ok := last[key]; ok && in.Now.Sub(before) < 10*time.Minute && in.Previous[m.Place].Kind == lease.Failover {
					t.Fatalf("%s of %s at %s and at %s", m.Kind, m.Place, before, in.Now)
				}
				last[key] = in.Now
			}
			in.Previous = carryOut(in, d)
			in.Now = in.Now.Add(time.Duration(rapid.IntRange(1, 11).Draw(t, "minutes")) * time.Minute)
		}
	})
}

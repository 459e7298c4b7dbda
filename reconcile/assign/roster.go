package assign

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/schema"
)

// roster is what all roles have in common.
type roster struct {
	in     Input
	peers  []peer           // in the order of rank where a role lists none
	index  map[string]int   // by serial, in peers
	seated map[string][]int // by role: the numbers of its places in Previous, in order
}

// peer is what a decision needs to know of one.
type peer struct {
	serial    string
	group     string
	backup    bool
	electable bool
	priority  *int
	suspended *schema.Suspended
	Health
}

func newRoster(in Input) roster {
	r := roster{in: in, peers: make([]peer, 0, len(in.Cluster.Peers)), index: make(map[string]int, len(in.Cluster.Peers))}
	for serial, p := range in.Cluster.Peers {
		known := in.Health[serial]
		if known.Verdict == "" {
			known.Verdict = health.Unknown
		}
		r.peers = append(r.peers, peer{
			serial, p.Group, p.Backup, p.Electable, p.Priority, in.Cluster.SuspendedAt(serial, in.Now), known,
		})
	}
	slices.SortFunc(r.peers, byRank)
	for i, p := range r.peers {
		r.index[p.serial] = i
	}
	r.seated = map[string][]int{}
	for place := range in.Previous {
		r.seated[place.Role] = append(r.seated[place.Role], place.Number)
	}
	for _, numbers := range r.seated {
		slices.Sort(numbers)
	}
	return r
}

// byRank puts productions before backups, then goes by priority, then by serial.
func byRank(a, b peer) int {
	return cmp.Or(compareBool(a.backup, b.backup), comparePriority(a.priority, b.priority), schema.CompareSerials(a.serial, b.serial))
}

// compareBool puts false first.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// comparePriority puts the lowest first, and none last.
func comparePriority(a, b *int) int {
	if a == nil || b == nil {
		return compareBool(a == nil, b == nil)
	}
	return cmp.Compare(*a, *b)
}

// listed are the indices of the peers that a role is about, in order of rank: those that it lists, or all of
// its group.
func (r roster) listed(role schema.Role) []int {
	if len(role.Candidates) == 0 {
		all := make([]int, 0, len(r.peers))
		for i, p := range r.peers {
			if role.Group == "" || p.group == role.Group {
				all = append(all, i)
			}
		}
		return all
	}
	var named []int
	for _, serial := range role.Candidates {
		if i, ok := r.index[serial]; ok && (role.Group == "" || r.peers[i].group == role.Group) {
			named = append(named, i)
		}
	}
	return named
}

// lead is the role that a role goes with in the end; "" where that leads nowhere.
func (r roster) lead(name string) string {
	for range r.in.Cluster.Roles { // no further than a circle is long
		role := r.in.Cluster.Roles[name]
		if role.With == "" {
			return name
		}
		name = role.With
	}
	return ""
}

// undeclared are the moves away from roles that are no longer declared.
func (r roster) undeclared() []Move {
	var moves []Move
	for _, name := range slices.Sorted(maps.Keys(r.seated)) {
		if _, declared := r.in.Cluster.Roles[name]; declared {
			continue
		}
		for _, number := range r.seated[name] {
			moves = append(moves, r.released(schema.Place{Role: name, Number: number}, "the role is no longer declared")...)
		}
	}
	return moves
}

// span is a duration of a role; the rules see to it that it is one.
func span(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}
	return d
}

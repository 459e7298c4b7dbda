// Package assign decides who shall hold each place of each role, and says why, of every candidate. It
// also says what that means for the items of a peer (Overlay).
//
// The package is pure and deterministic: equal inputs give equal decisions, in any order of their maps, and a
// decision that was carried out gives no further move. It knows nothing of leases: a decision is a wish.
// When a place may really change hands, so that nobody holds it twice, is reconcile/lease's affair; until
// then the same input gives the same wish, and a move that is under way is gone on with.
//
// What is decided, beyond what the type schema.Role says:
//
//   - DEAD and CLOSE lose a place, also if there is nobody to take it. A place that is kept from moving (wait,
//     settle, failover: false, a freeze, a pause) stays with its lost holder until then, and says so.
//   - Who is Unfit for a role has lost it too, as if it were DEAD, and gets it as little.
//   - UNKNOWN keeps what it holds and gets nothing new, and neither does a backup step in for it. The same
//     holds of a suspended peer that keeps its roles.
//   - As many productions as are declared count, not as many as were up at last (CLEO-87), and the serials are
//     ordered as people count (CLEO-AMB-6). A backup leaves when one production fewer of its own scope is lost,
//     whichever that is (CLEO-AMB-2); with fewer backups than losses all of them step in (CLEO-AMB-4).
//     Where no candidate is a production there is nobody to wait for, and backups are as productions.
//   - A seat that falls free is filled from the next lower one that has somebody: if the primary and all
//     backups are lost at once, the first of the alternates becomes primary at once (IPL-AMB-2). Equal
//     priorities are decided by serial (IPL-AMB-3). Who returns while seats are free gets the lowest that
//     promotion leaves (IPL-AMB-5).
//   - Of two holders he yields whom the store does not name (IPL-AMB-4). What he wrote is not merged.
//   - A CLOSE is a loss like DEAD, without the wait (IWAY-AMB-2). A peer that is found DEAD at the first
//     look is a loss too (IWAY-AMB-8).
//   - Settling is counted for a place: a recovery waits for an earlier one that is at least as big (failback,
//     failover) and has to do with the same group. So a failback never holds up a failover, nor one group's
//     recovery another's. What somebody asks for, and the first holder of a free place, wait for nothing.
//   - Items are dealt by counting, not by hashing: with few items a hash is anything but even. They stay where
//     they were as long as that is even; a place keeps its items when its holder changes. They are dealt among
//     the places that are held, not among those that shall be: a holder that is DEAD and not fenced yet may still
//     run what is its own, and nobody else gets that before the place is taken from it.
package assign

import (
	"maps"
	"slices"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// Input is all that a decision depends on. Assign modifies none of it. Look at every peer once before the first
// decision: who is UNKNOWN gets nothing, so a place that nobody holds goes to whoever was found LIVE so far.
type Input struct {
	Cluster  *schema.Cluster                // one that keeps the rules
	Health   map[string]Health              // by serial; a peer that is not there is UNKNOWN
	Previous map[schema.Place]lease.Seating // as the store has them
	Deal     map[string]Deal                // by role: the last decision's, so that items stay; none: dealt anew
	Asked    map[schema.Place]string        // switchovers that somebody wishes for: the serial it shall go to
	Running  map[schema.Place][]string      // who says that it runs the place; a place that is not there was not asked about
	Paused   string                         // who paused, and why; "": not. Only what is asked for or under way moves
	// By role that goes with no other, then by serial: why a peer that is neither DEAD nor CLOSE has lost its places of
	// that role, and gets none, for people.
	Unfit  map[string]map[string]string
	Frozen string // why health is not to be trusted; "": it is. Nothing moves
	Now    time.Time
}

// Health is the verdict on a peer.
type Health struct {
	Verdict health.Verdict
	Since   time.Time // of the verdict; of LIVE it is when the peer arrived
}

// Decision is what shall be.
type Decision struct {
	Roles map[string]Role // all that are declared
	Moves []Move          // by role, then by place; also away from roles that are no longer declared
}

// Role is what was decided on one.
type Role struct {
	Places      []Place     // in the order of its seats
	Candidates  []Candidate // in order of rank, also those that are not eligible
	Status      Status
	Why         string       // of a status that is not Normal, for people
	Corrections []Correction // of two holders
	Deal        Deal         // of a role that is spread, among the places that are held before any move
}

// Place is what was decided on one.
type Place struct {
	Seat   string    // its name; "": none
	Holder string    // who shall hold it; "": nobody. It may be lost, see Kept
	Next   string    // who would step in, here or on a free place, if its holder were lost now; "": nobody
	Kept   string    // why it does not move although it should, for people; "": it should not
	Until  time.Time // when Kept ends by itself; zero: it does not

	Refused string // why a switchover that was asked for is not made, for people; "": none was, or it is made
}

// Move is one that shall be made. If it is under way already it is the one that the seating has. One to the holder
// itself calls off what is under way: the seating keeps what it says of its last move. The kind says why it moves, not
// whether From can still be asked to stop: somebody may ask for a switchover away from a DEAD peer.
type Move struct {
	Place schema.Place
	From  string // a serial; "": nobody
	lease.Move
	Work string // "drain" or "stop": what becomes of work in flight, if From still runs it
}

// Candidate is a peer that may hold a role, or could if it were eligible, and what is to be said of it.
type Candidate struct {
	Serial string
	Reason string // for people, as in "not eligible: backup, production 1001 online"
}

// Status is how a role is doing (IPL-60), before any move of this decision.
type Status string

// The statuses.
const (
	Normal     Status = "normal"
	NoHolder   Status = "no holder"   // nobody alive has a place in its first seat (IPL-62)
	DualHolder Status = "dual holder" // a place runs on a peer beside its holder (IPL-61)
)

// Correction is a peer that runs a place without holding it, and shall stop it.
type Correction struct {
	Place  schema.Place
	Serial string
}

// Deal is which place each item of a spread role is dealt to, by number. What no holder has is not in it.
type Deal map[schema.Key]int

// Assign decides on all roles of a cluster. Its cost grows with peers times roles.
func Assign(in Input) Decision {
	r := newRoster(in)
	d := Decision{Roles: make(map[string]Role, len(in.Cluster.Roles))}
	tables := map[string]*table{}
	for _, name := range slices.Sorted(maps.Keys(in.Cluster.Roles)) {
		if in.Cluster.Roles[name].With == "" {
			tables[name] = r.decide(name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in.Cluster.Roles)) {
		t := tables[name]
		if t == nil {
			t = r.follow(name, tables[r.lead(name)])
		}
		role, moves := t.result()
		d.Roles[name] = role
		d.Moves = append(d.Moves, moves...)
	}
	d.Moves = append(d.Moves, r.undeclared()...)
	return d
}

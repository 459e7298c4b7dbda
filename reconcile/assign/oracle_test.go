package assign

import (
	"cmp"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

// oracle decides once more who shall hold each place of a role, as simply as can be: it knows peers by serial,
// looks everything up anew at every question, and repeats what it asks until nothing changes.
type oracle struct {
	in   Input
	name string
	role schema.Role
	// The candidates, first in rank first.
	ranked []string
	// Who sits at each place; "" for nobody.
	seats []string
	// Places that keep whom they have, and those whose holder has another too.
	fixed, twice []bool
}

func oracleOf(in Input, name string) []string {
	role := in.Cluster.Roles[name]
	if role.With != "" {
		return oracleFollower(in, name)
	}
	o := &oracle{in: in, name: name, role: role}
	o.rank()
	o.begin(o.places())
	if in.Frozen != "" {
		return o.seats
	}
	o.ask()
	if in.Paused != "" {
		return o.seats
	}
	for i, who := range o.seats {
		switch {
		case who == "":
		case !o.candidate(who), o.state(who) == "leaves", o.twice[i]:
			o.seats[i] = ""
		case o.state(who) == "lost" && (!role.Failover || o.settles(i, o.group(who), lease.Failover)):
			o.fixed[i] = true
		case o.state(who) == "lost":
			o.seats[i] = ""
		case o.state(who) == "stays":
			o.fixed[i] = true
		}
	}
	o.fill(true)
	if role.Failback {
		o.failBack()
		o.fill(false)
	}
	return o.seats
}

func (o *oracle) peer(serial string) schema.Peer { return o.in.Cluster.Peers[serial] }
func (o *oracle) group(serial string) string     { return o.peer(serial).Group }
func (o *oracle) seated(serial string) bool      { return count(o.seats, serial) > 0 }

func count(list []string, s string) int {
	n := 0
	for _, other := range list {
		if other == s {
			n++
		}
	}
	return n
}

func (o *oracle) candidate(serial string) bool { return count(o.ranked, serial) > 0 }

// rank takes the best of those who are left, again and again.
func (o *oracle) rank() {
	left := map[string]bool{}
	for serial, p := range o.in.Cluster.Peers {
		listed := len(o.role.Candidates) == 0 || count(o.role.Candidates, serial) > 0
		if listed && p.Electable && (o.role.Group == "" || p.Group == o.role.Group) {
			left[serial] = true
		}
	}
	if len(o.role.Candidates) > 0 {
		for _, serial := range o.role.Candidates {
			if left[serial] {
				o.ranked = append(o.ranked, serial)
			}
		}
		return
	}
	for len(left) > 0 {
		best := ""
		for serial := range left {
			if best == "" || o.outranks(serial, best) {
				best = serial
			}
		}
		o.ranked = append(o.ranked, best)
		delete(left, best)
	}
}

func (o *oracle) outranks(a, b string) bool {
	p, q := o.peer(a), o.peer(b)
	switch {
	case p.Backup != q.Backup:
		return q.Backup
	case p.Priority == nil && q.Priority != nil:
		return false
	case p.Priority != nil && q.Priority == nil:
		return true
	case p.Priority != nil && *p.Priority != *q.Priority:
		return *p.Priority < *q.Priority
	default:
		return schema.CompareSerials(a, b) < 0
	}
}

// state is "ready", "stays", "leaves" or "lost".
func (o *oracle) state(serial string) string {
	h := o.in.Health[serial]
	s := o.in.Cluster.SuspendedAt(serial, o.in.Now)
	wait, _ := time.ParseDuration(o.role.Wait)
	if h.Verdict == health.Close || h.Verdict == health.Dead && o.in.Now.Sub(h.Since) >= wait {
		return "lost"
	}
	if h.Verdict != health.Dead && o.in.Unfit[cmp.Or(o.in.Cluster.Roles[o.name].With, o.name)][serial] != "" {
		return "lost"
	}
	if s != nil && s.Roles == "release" {
		return "leaves"
	}
	if h.Verdict == health.Live && s == nil {
		return "ready"
	}
	return "stays"
}

// backup tells whether a candidate waits for productions to be lost.
func (o *oracle) backup(serial string) bool {
	for _, other := range o.ranked {
		if !o.peer(other).Backup {
			return o.peer(serial).Backup
		}
	}
	return false
}

func (o *oracle) sameScope(a, b string) bool {
	return o.role.Within != "group" || o.group(a) == o.group(b)
}

// needed is how many backups step in where a peer counts.
func (o *oracle) needed(serial string) int {
	productions, gone := 0, 0
	for _, other := range o.ranked {
		if o.sameScope(serial, other) && !o.backup(other) {
			productions++
			if s := o.state(other); s == "lost" || s == "leaves" {
				gone++
			}
		}
	}
	if o.role.Backups == "last" && gone != productions {
		return 0
	}
	return gone
}

// inField tells whether a candidate without a place may get one, beside those who count already.
func (o *oracle) inField(serial string, counts []string) bool {
	if o.state(serial) != "ready" {
		return false
	}
	if !o.backup(serial) {
		return true
	}
	before := 0
	for _, other := range o.ranked {
		if !o.backup(other) || !o.sameScope(serial, other) || other == serial {
			continue
		}
		if count(counts, other) > 0 || o.state(other) == "ready" && o.before(other, serial) {
			before++
		}
	}
	return before < o.needed(serial)
}

func (o *oracle) before(a, b string) bool {
	for _, serial := range o.ranked {
		if serial == a || serial == b {
			return serial == a
		}
	}
	return false
}

func (o *oracle) places() int {
	n := o.role.Holders.Count
	switch o.role.Holders.Named {
	case "all":
		n = len(o.ranked)
	case "productions":
		n = 0
		for _, serial := range o.ranked {
			if !o.backup(serial) {
				n++
			}
		}
	default:
		some := max(1, len(o.ranked))
		for place, s := range o.in.Previous {
			if place.Role == o.name && (s.Holder != "" || s.Move != nil && s.Move.To != "") {
				some = max(some, place.Number+1)
			}
		}
		n = min(n, some)
	}
	return n
}

// begin seats who sits there.
func (o *oracle) begin(n int) {
	o.seats, o.fixed, o.twice = make([]string, n), make([]bool, n), make([]bool, n)
	for i := range o.seats {
		s := o.in.Previous[schema.Place{Role: o.name, Number: i}]
		o.seats[i] = s.Holder
		m := s.Move
		if m != nil && o.in.Frozen == "" && (m.To == "" || o.candidate(m.To) && o.state(m.To) == "ready" && count(o.seats[:i], m.To) == 0) {
			o.seats[i] = m.To
		}
		o.twice[i] = o.seats[i] != "" && count(o.seats[:i], o.seats[i]) > 0
	}
}

// seat is the number of a place's seat from the top.
func (o *oracle) seat(i int) int {
	name := func(i int) string {
		if len(o.role.Seats) == 0 {
			return ""
		}
		return o.role.Seats[min(i, len(o.role.Seats)-1)]
	}
	n := 0
	for j := 1; j <= i; j++ {
		if name(j) != name(j-1) {
			n++
		}
	}
	return n
}

func (o *oracle) ask() {
	for i := range o.seats {
		who := o.in.Asked[schema.Place{Role: o.name, Number: i}]
		if who != "" && o.candidate(who) && o.seats[i] == who && !o.twice[i] && !o.role.Failback {
			o.fixed[i] = true
			continue
		}
		if who == "" || o.role.Failback || o.seats[i] == who && !o.twice[i] || !o.candidate(who) || o.state(who) != "ready" {
			continue
		}
		from := -1
		for j := range o.seats {
			if o.seats[j] == who && from < 0 {
				from = j
			}
		}
		old := o.seats[i]
		if o.twice[i] {
			old = ""
		}
		instead := o.candidate(old) && o.backup(old) && o.sameScope(old, who)
		if o.backup(who) && o.needed(who) == 0 && from < 0 && !instead || from >= 0 && o.seat(from) == o.seat(i) {
			continue
		}
		if from >= 0 {
			o.seats[from] = ""
			if o.candidate(old) && o.state(old) == "ready" {
				o.seats[from] = old
			}
		}
		o.seats[i], o.fixed[i], o.twice[i] = who, true, false
	}
}

func (o *oracle) fill(up bool) {
	want := o.byRank()
	for i := range o.seats {
		if o.seats[i] != "" {
			continue
		}
		below := -1
		for j := range o.seats {
			if !up || o.role.Failback && count(want, o.seats[j]) == 0 {
				continue
			}
			if o.seats[j] == "" || o.fixed[j] || o.seat(j) <= o.seat(i) {
				continue
			}
			if below < 0 || o.seat(j) < o.seat(below) || o.seat(j) == o.seat(below) && o.before(o.seats[j], o.seats[below]) {
				below = j
			}
		}
		if below >= 0 {
			o.seats[i], o.seats[below] = o.seats[below], ""
			continue
		}
		for _, serial := range o.ranked {
			if !o.seated(serial) && o.inField(serial, o.seats) && (o.seats[i] == "" || o.earlier(serial, o.seats[i])) {
				o.seats[i] = serial
			}
		}
	}
}

// earlier tells whether a comes before b, who comes first in rank.
func (o *oracle) earlier(a, b string) bool {
	return o.role.First == "arrival" && o.in.Health[a].Since.Before(o.in.Health[b].Since)
}

// settles tells whether a place has to stay because of what it did lately.
func (o *oracle) settles(i int, group string, kind lease.Kind) bool {
	s := o.in.Previous[schema.Place{Role: o.name, Number: i}]
	settle, _ := time.ParseDuration(o.role.Settle)
	if !o.in.Now.Before(s.Since.Add(settle)) {
		return false
	}
	switch s.Kind {
	case lease.Failover:
		return group == "*" || o.group(s.From) == group
	case lease.Failback:
		return kind == lease.Failback && (group == "*" || o.group(s.Holder) == group)
	default:
		return false
	}
}

func (o *oracle) failBack() {
	want := o.byRank()
	// Places that have somebody in common, now or then, belong together.
	together := make([]int, len(want))
	for i := range together {
		together[i] = i
	}
	for range want {
		for i := range want {
			for j := range want {
				if share(o.seats[i], want[i], o.seats[j], want[j]) {
					together[i] = min(together[i], together[j])
					together[j] = together[i]
				}
			}
		}
	}
	after := append([]string(nil), o.seats...)
	for i := range want {
		wait := false
		for j := range want {
			for k := range want {
				was := o.in.Previous[schema.Place{Role: o.name, Number: j}].Holder
				if together[j] != together[i] || together[k] != together[i] || was != o.seats[j] {
					continue
				}
				wait = wait || want[j] == "" && o.seats[j] != "" && o.settles(j, "*", lease.Failback) ||
					want[k] != "" && o.settles(j, o.group(want[k]), lease.Failback)
			}
		}
		for j := range want {
			if together[j] == together[i] && want[j] != "" && o.in.Asked[schema.Place{Role: o.name, Number: j}] == want[j] {
				wait = false
			}
		}
		if !wait {
			after[i] = want[i]
		}
	}
	o.seats = after
}

func share(a, b, c, d string) bool {
	return a != "" && (a == c || a == d) || b != "" && (b == c || b == d)
}

func (o *oracle) byRank() []string {
	var counts []string
	want := make([]string, len(o.seats))
	for i := range want {
		if o.fixed[i] {
			want[i] = o.seats[i]
			counts = append(counts, want[i])
		}
	}
	var field []string
	for _, serial := range o.ranked {
		if count(counts, serial) == 0 && o.inField(serial, counts) {
			field = append(field, serial)
		}
	}
	for i := range want { // seat after seat
		if i > 0 && o.seat(i) == o.seat(i-1) {
			continue
		}
		var free []int
		for j := range want {
			if o.seat(j) == o.seat(i) && !o.fixed[j] {
				free = append(free, j)
			}
		}
		chunk := field[:min(len(free), len(field))]
		field = field[len(chunk):]
		for _, j := range free {
			if o.seats[j] != "" && count(chunk, o.seats[j]) > 0 {
				want[j] = o.seats[j]
			}
		}
		for _, serial := range chunk {
			for _, j := range free {
				if count(want, serial) == 0 && want[j] == "" {
					want[j] = serial
				}
			}
		}
	}
	return want
}

// oracleFollower is where the lead is held, but for those who get nothing new.
func oracleFollower(in Input, name string) []string {
	led := in.Cluster.Roles[name].With
	seats := oracleOf(in, led)
	mine := &oracle{in: in, name: name, role: in.Cluster.Roles[led]}
	mine.rank()
	mine.begin(len(seats))
	for i, who := range seats {
		own := mine.seats[i]
		if mine.twice[i] {
			own = ""
		}
		switch {
		case in.Frozen != "":
			seats[i] = mine.seats[i]
		case who == own || who == "" || mine.candidate(who) && mine.state(who) == "ready" && in.Paused == "":
		case !mine.candidate(own) || count(oracleOf(in, led), own) > 0 || mine.state(own) == "lost":
			seats[i] = ""
		default:
			seats[i] = own
		}
	}
	return seats
}

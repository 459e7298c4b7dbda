package assign

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

var update = flag.Bool("update", false, "rewrite the expected texts in testdata")

// TestStories runs the files in testdata. A story says what there is, and then what happens:
//
//	peer SERIAL [backup] [local] [group=G] [priority=N] [reason...]
//	role NAME [holders=N|productions|all] [seats=A,B] [candidates=A,B] [group=G] [with=R] [backups=last]
//	          [within=group] [manual] [failback] [first=arrival] [wait=D] [settle=D] [work=stop]
//	          [runs=KIND:all|KIND:A+B] [spread]
//	items KIND ID...
//	example NAME
//	TIME EVENT, EVENT...
//
// where an event is SERIAL VERDICT, ask PLACE SERIAL, suspend SERIAL keep|release [REASON], resume SERIAL,
// pause WHY, freeze WHY, go on, unfit ROLE SERIAL WHY (and nobody else), fit, runs PLACE SERIAL..., begin PLACE KIND [SERIAL] (such a move is under way from now on),
// role ..., peer ..., drop NAME (a peer or a role) or nothing. After a line of dashes
// stands what was decided then: of each role its status, its places with their moves and who would be next, what
// there is to say of each candidate, and (once it was carried out) the deal, and what each peer runs. Deciding again
// must then move nothing. A role of a story settles for no time unless it says so.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			after := newStory(t).tell(string(before))
			if *update {
				if err := os.WriteFile(file, []byte(after), 0o600); err != nil {
					t.Fatal(err)
				}
			} else if d := cmp.Diff(string(before), after); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

type story struct {
	t  *testing.T
	in Input
}

func newStory(t *testing.T) *story {
	return &story{t, Input{
		Cluster: &schema.Cluster{
			Peers: map[string]schema.Peer{}, Roles: map[string]schema.Role{}, Items: schema.Items{},
			Provider: schema.Provider{Kinds: map[string]schema.Kind{}},
		},
		Health:   map[string]Health{},
		Previous: map[schema.Place]lease.Seating{},
		Deal:     map[string]Deal{},
		Running:  map[schema.Place][]string{},
	}}
}

// tell returns the text with what was decided at each step.
func (s *story) tell(text string) string {
	var out []string
	skip := false
	for line := range strings.SplitSeq(text, "\n") {
		if skip = skip && line != ""; skip {
			continue
		}
		out = append(out, line)
		word, rest, _ := strings.Cut(line, " ")
		if now, err := time.Parse("15:04:05", word); err == nil {
			out = append(append(out, "----"), s.step(now, rest)...)
			skip = true
		} else if line != "" && !strings.HasPrefix(line, "#") {
			s.declare(word, strings.Fields(rest))
		}
	}
	return strings.Join(out, "\n")
}

func (s *story) declare(word string, args []string) {
	s.t.Helper()
	switch word {
	case "peer":
		s.in.Cluster.Peers[args[0]] = s.peer(args[1:])
	case "role":
		s.in.Cluster.Roles[args[0]] = s.role(args[1:])
	case "example":
		s.in.Cluster = example(s.t, args[0])
	case "items":
		s.in.Cluster.Provider.Kinds[args[0]] = schema.Kind{
			Class: "c", Lever: &schema.Lever{Active: schema.Body{"on": true}, Standby: map[string]any{"on": false}},
		}
		s.in.Cluster.Items[args[0]] = map[string]schema.Body{}
		for _, id := range args[1:] {
			s.in.Cluster.Items[args[0]][id] = schema.Body{}
		}
	default:
		s.t.Fatalf("%q is no word of a story", word)
	}
}

// example is the cluster of a folder in examples, as users have it.
func example(t *testing.T, name string) *schema.Cluster {
	t.Helper()
	in := load.Input{Dir: ".", Files: map[string][]byte{}}
	files, err := filepath.Glob(filepath.Join("../../examples", name, "*.cue"))
	if err != nil || len(files) == 0 {
		t.Fatal("no such example", err)
	}
	for _, file := range files {
		if in.Files[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	result := load.Load(in)
	if len(result.Problems) > 0 {
		t.Fatal(result.Problems)
	}
	return result.Cluster
}

func (s *story) peer(args []string) schema.Peer {
	p := schema.Peer{Electable: true, Share: map[string]schema.Sharing{"c": schema.WithAll}}
	for _, arg := range args {
		switch word, value, _ := strings.Cut(arg, "="); word {
		case "backup":
			p.Backup = true
		case "local":
			p.Electable = false
		case "group":
			p.Group = value
		case "priority":
			n := s.number(value)
			p.Priority = &n
		default:
			s.t.Fatalf("peer: %q", arg)
		}
	}
	return p
}

func (s *story) number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *story) role(args []string) schema.Role {
	r := schema.Role{
		Holders: schema.Holders{Count: 1}, Backups: "each", Within: "cluster", Failover: true, First: "rank",
		Wait: "0s", Settle: "0s", Work: "drain", StopWithin: "5s",
	}
	for _, arg := range args {
		switch word, value, _ := strings.Cut(arg, "="); word {
		case "holders":
			if n, err := strconv.Atoi(value); err == nil {
				r.Holders = schema.Holders{Count: n}
			} else {
				r.Holders = schema.Holders{Named: value}
			}
		case "seats":
			r.Seats = strings.Split(value, ",")
		case "candidates":
			r.Candidates = strings.Split(value, ",")
		case "group":
			r.Group = value
		case "with":
			r.With = value
		case "backups":
			r.Backups = value
		case "within":
			r.Within = value
		case "manual":
			r.Failover = false
		case "failback":
			r.Failback = true
		case "first":
			r.First = value
		case "wait":
			r.Wait = value
		case "settle":
			r.Settle = value
		case "work":
			r.Work = value
		case "runs":
			kind, ids, _ := strings.Cut(value, ":")
			r.Runs = map[string]schema.Selection{kind: {All: ids == "all", IDs: strings.Split(ids, "+")}}
		case "spread":
			r.Spread = true
		default:
			s.t.Fatalf("role: %q", arg)
		}
	}
	return r
}

// step takes what happens, decides, and carries it out.
func (s *story) step(now time.Time, events string) []string {
	s.in.Now = now.AddDate(2026, 10, 27)
	s.in.Asked = map[schema.Place]string{}
	for event := range strings.SplitSeq(events, ", ") {
		s.event(event)
	}
	d := Assign(s.in)
	s.in.Previous, s.in.Asked = carryOut(s.in, d), nil
	again := Assign(s.in)
	if len(again.Moves) > 0 {
		s.t.Errorf("%s: deciding again moves %v", now.Format(time.TimeOnly), again.Moves)
	}
	for name, role := range again.Roles {
		s.in.Deal[name] = role.Deal
	}
	return describe(s.in, d)
}

func (s *story) event(event string) {
	s.t.Helper()
	word, rest, _ := strings.Cut(event, " ")
	first, more, _ := strings.Cut(rest, " ")
	switch word {
	case "nothing":
	case "ask":
		s.in.Asked[s.place(first)] = more
	case "suspend":
		roles, reason, _ := strings.Cut(more, " ")
		s.suspend(first, &schema.Suspended{Roles: roles, Reason: reason})
	case "resume":
		s.suspend(first, nil)
	case "pause":
		s.in.Paused = rest
	case "freeze":
		s.in.Frozen = rest
	case "unfit":
		serial, why, _ := strings.Cut(more, " ")
		s.in.Unfit = map[string]map[string]string{first: {serial: why}}
	case "fit":
		s.in.Unfit = nil
	case "go":
		s.in.Paused, s.in.Frozen = "", ""
	case "begin":
		kind, to, _ := strings.Cut(more, " ")
		seating := s.in.Previous[s.place(first)]
		seating.Move = &lease.Move{To: to, Kind: lease.Kind(kind), Began: s.in.Now, Cause: "before"}
		s.in.Previous[s.place(first)] = seating
	case "runs":
		s.in.Running[s.place(first)] = strings.Fields(more)
	case "role":
		s.declare(word, strings.Fields(rest))
	case "peer":
		s.declare(word, strings.Fields(rest))
	case "drop":
		delete(s.in.Cluster.Peers, first)
		delete(s.in.Cluster.Roles, first)
	default:
		if _, known := s.in.Cluster.Peers[word]; !known {
			s.t.Fatalf("%q is no event", event)
		}
		s.in.Health[word] = Health{health.Verdict(rest), s.in.Now}
	}
}

func (s *story) suspend(serial string, suspended *schema.Suspended) {
	p := s.in.Cluster.Peers[serial]
	p.Suspended = suspended
	s.in.Cluster.Peers[serial] = p
}

func (s *story) place(text string) schema.Place {
	var p schema.Place
	if err := p.UnmarshalText([]byte(text)); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// carryOut is what the store has once all moves were made.
func carryOut(in Input, d Decision) map[schema.Place]lease.Seating {
	after := maps.Clone(in.Previous)
	if after == nil {
		after = map[schema.Place]lease.Seating{}
	}
	for _, m := range d.Moves {
		if m.To == m.From { // called off
			s := after[m.Place]
			s.Move = nil
			after[m.Place] = s
			continue
		}
		after[m.Place] = lease.Seating{
			Holder: m.To, Epoch: after[m.Place].Epoch + 1, Since: in.Now, Cause: m.Cause, Kind: m.Kind, From: m.From,
		}
	}
	return after
}

func describe(in Input, d Decision) []string {
	var lines []string
	moves := map[schema.Place]Move{}
	for _, m := range d.Moves {
		moves[m.Place] = m
	}
	for _, name := range slices.Sorted(maps.Keys(d.Roles)) {
		role := d.Roles[name]
		lines = append(lines, strings.TrimSuffix(fmt.Sprintf("%s: %s: %s", name, role.Status, role.Why), ": "))
		for i, place := range role.Places {
			key := schema.Place{Role: name, Number: i}
			lines = append(lines, "  "+describePlace(i, place, moves[key]))
			delete(moves, key)
		}
		for _, key := range slices.SortedFunc(maps.Keys(moves), comparePlaces) {
			if key.Role == name {
				lines = append(lines, "  "+describePlace(key.Number, Place{}, moves[key]))
				delete(moves, key)
			}
		}
		for _, c := range role.Corrections {
			lines = append(lines, fmt.Sprintf("  stop %s on %s", c.Place, c.Serial))
		}
		for _, c := range role.Candidates {
			lines = append(lines, fmt.Sprintf("    %s: %s", c.Serial, c.Reason))
		}
		for i := range role.Places {
			if in.Cluster.Roles[name].Spread {
				lines = append(lines, "    "+strings.TrimSpace(fmt.Sprintf("place %d runs %s", i, strings.Join(dealt(in.Deal[name], i), " "))))
			}
		}
	}
	if len(in.Cluster.Items) > 0 {
		lines = append(lines, describeItems(in, d)...)
	}
	for _, key := range slices.SortedFunc(maps.Keys(moves), comparePlaces) {
		lines = append(lines, fmt.Sprintf("%s: %s", key, describePlace(key.Number, Place{}, moves[key])))
	}
	return lines
}

// describeItems are the items that each peer has, those that are switched on and the others.
func describeItems(in Input, d Decision) []string {
	holders := map[schema.Place]string{}
	for name, role := range d.Roles {
		for i, place := range role.Places {
			holders[schema.Place{Role: name, Number: i}] = place.Holder
		}
	}
	var lines []string
	for _, serial := range in.Cluster.Serials() {
		ids := map[bool][]string{}
		desired := in.Cluster.Desired(serial)
		for kind, bodies := range Overlay(in.Cluster, NewHolds(holders, in.Deal), serial, desired) {
			for id, body := range bodies {
				on, _ := in.Cluster.Provider.Kinds[kind].Lever.Set(desired[kind][id], true)
				if active := cmp.Equal(on, body); active || !cmp.Equal(desired[kind][id], body) {
					ids[active] = append(ids[active], id)
				}
			}
		}
		for _, on := range ids {
			slices.SortFunc(on, schema.CompareSerials)
		}
		lines = append(lines, fmt.Sprintf("on %s: active %s, inactive %s", serial, list(ids[true]), list(ids[false])))
	}
	return lines
}

func list(ids []string) string {
	if len(ids) == 0 {
		return "none"
	}
	return strings.Join(ids, " ")
}

func comparePlaces(a, b schema.Place) int { return strings.Compare(a.String(), b.String()) }

func describePlace(i int, p Place, m Move) string {
	line := strings.TrimSpace(fmt.Sprintf("%d %s", i, p.Seat)) + ": "
	if m.Kind != "" {
		line += fmt.Sprintf("%s -> %s (%s, %s: %s)", named(m.From), named(m.To), m.Kind, m.Work, m.Cause)
	} else {
		line += named(p.Holder)
	}
	if p.Next != "" {
		line += "; next " + p.Next
	}
	if p.Kept != "" {
		line += "; kept: " + p.Kept
	}
	if p.Refused != "" {
		line += "; " + p.Refused
	}
	return line
}

func dealt(deal Deal, place int) []string {
	var ids []string
	for key, at := range deal {
		if at == place {
			ids = append(ids, key.ID)
		}
	}
	slices.SortFunc(ids, schema.CompareSerials)
	return ids
}

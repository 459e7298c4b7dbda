package roles

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/gitops-reconciler/reconciler/reconcile/assign"
	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a cluster of servers in memory, and the ledger. The servers are fakes; what decides is not.
type world struct {
	t       *testing.T
	cluster *schema.Cluster
	before  *schema.Cluster // that was kept last
	late    time.Duration   // the configuration is in force so long after the start

	mu      sync.Mutex
	servers map[string]*server
	ledger  lease.Ledger
	deals   map[string]assign.Deal
	offs    map[string]Off
	boots   map[string]Enrolment
	broken  error         // of the ledger
	full    error         // of the ledger, when it is written
	unread  error         // when it is read to confirm it
	stall   time.Duration // before it is read, once
	fences  func(Fenced) error
	spread  bool     // the role is
	events  []string // but for those of health
	failed  string   // why a peer was not enrolled
	story   []string // what began and ended to run where
}

// server has the items of a plain server, and the node's half of the leases if it takes any.
type server struct {
	*world
	serial  string
	items   map[schema.Key]schema.Body
	down    bool
	hangs   bool // it takes requests and never answers
	deaf    int  // so many grants are lost
	refuses bool // grants
	stuck   bool // what runs by leases does not stop
	mute    bool // about leases
	hides   bool // what it holds, and takes no grants
	leased  bool
	node    lease.Node
	began   time.Time
	running map[schema.Place]bool // by leases
	install string                // which installation it is
}

const jobs = "job"

// newWorld is a cluster of so many peers, with a kind of items that run or do not, and one role.
func newWorld(t *testing.T, peers int, role schema.Role, items ...string) *world {
	t.Helper()
	if role.Holders == (schema.Holders{}) {
		role.Holders.Count = 1
	}
	role.Failover = true
	role.Backups, role.Within, role.First, role.Work = "each", "cluster", "rank", "drain"
	role.Settle, role.Wait, role.StopWithin, role.StoreLost = "0s", "0s", "1s", "demote"
	c := &schema.Cluster{
		Name: "mft",
		Provider: schema.Provider{
			Classes: map[string]schema.Class{"schedule": {}},
			Kinds: map[string]schema.Kind{jobs: {Class: "schedule", Lever: &schema.Lever{
				Active: schema.Body{"on": true}, Standby: schema.Body{"on": false},
			}}},
		},
		Peers: map[string]schema.Peer{}, Items: schema.Items{jobs: {}}, Roles: map[string]schema.Role{"run": role},
		Health: schema.ClusterHealth{Health: schema.Health{Probe: "1s", Timeout: "1s", Dead: "9s", Lease: "9s", Rise: 1}},
	}
	for _, id := range items {
		c.Items[jobs][id] = schema.Body{"name": id}
	}
	w := &world{t: t, cluster: c, servers: map[string]*server{}, offs: map[string]Off{}, deals: map[string]assign.Deal{}}
	w.spread = role.Spread
	for i := range peers {
		serial := fmt.Sprint(1001 + i)
		c.Peers[serial] = schema.Peer{Address: serial, Electable: true, Share: map[string]schema.Sharing{"schedule": schema.WithAll}}
		s := &server{world: w, serial: serial, items: map[schema.Key]schema.Body{}, running: map[schema.Place]bool{}}
		for _, id := range items {
			s.items[schema.Key{Kind: jobs, ID: id}] = schema.Body{"name": id, "on": false}
		}
		w.servers[serial] = s
	}
	return w
}

func (w *world) keeper(name string) *Keeper {
	return New(Options{
		Open:   func(_ *schema.Cluster, serial string) (Peer, error) { return w.servers[serial], nil },
		Ledger: w, Enrolments: w, Switch: w.turn, Leader: name, Clock: time.Now, Events: w.tell,
		Fence: func(_ context.Context, _ schema.Hook, whom Fenced) error { return w.fences(whom) },
	})
}

// run tells stories in a bubble, one after the other, each with a keeper of its own that keeps the cluster.
func (w *world) run(stories ...func(*Keeper)) {
	w.t.Helper()
	synctest.Test(w.t, func(*testing.T) {
		for _, s := range w.servers {
			s.boot("b1")
		}
		for i, story := range stories {
			w.with(fmt.Sprint("controller ", i), story)
		}
	})
}

// with has a keeper at work while the story goes on.
func (w *world) with(name string, story func(*Keeper)) {
	k := w.keeper(name)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		k.Run(ctx)
		close(ended)
	}()
	after(w.late)
	if w.before != nil {
		k.Succeed(w.before)
	}
	k.Keep(w.cluster)
	story(k)
	stop()
	<-ended
}

func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (w *world) set(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

func (w *world) told() (story []string) {
	w.set(func() { story = slices.Clone(w.story) })
	return story
}

func (w *world) happened() (events []string) {
	w.set(func() { events = slices.Clone(w.events) })
	return events
}

func (w *world) dealt() (deals map[string]assign.Deal) {
	w.set(func() { deals = maps.Clone(w.deals) })
	return deals
}

func (w *world) tell(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.Kind == EnrolFail {
		w.failed = e.Text
	}
	if e.Kind != Health {
		w.events = append(w.events, fmt.Sprintf("%s %s %s->%s", e.Kind, e.Place, e.From, e.To))
	}
}

// note adds to the story, and finds two who run the same.
func (w *world) note(serial, what string, runs bool) {
	w.story = append(w.story, map[bool]string{true: "+", false: "-"}[runs]+serial+" "+what)
	for other, s := range w.servers {
		if runs && other != serial && s.runs(what) {
			w.t.Errorf("%s and %s both run %s: %q", other, serial, what, w.story)
		}
	}
}

func (s *server) runs(what string) bool {
	for place, running := range s.running {
		if running && place.String() == what {
			return true
		}
	}
	return s.items[schema.Key{Kind: jobs, ID: what}]["on"] == true
}

// turn writes items as the cluster wants them, as the reconciler would.
func (w *world) turn(ctx context.Context, c *schema.Cluster, serial string, keys []schema.Key) error {
	desired := c.Desired(serial)
	s := w.servers[serial]
	for _, key := range keys {
		if by, bounded := ctx.Deadline(); desired[key.Kind][key.ID]["on"] == true && !w.spread && (!bounded || time.Until(by) > late/2) {
			w.t.Errorf("%s is started at %s, and may be for too long: until %v", key, serial, by)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := s.reached(); err != nil {
		return err
	}
	for _, key := range keys {
		was := s.items[key]["on"] == true
		s.items[key] = desired[key.Kind][key.ID]
		if is := s.items[key]["on"] == true; is != was {
			w.note(serial, key.ID, is)
		}
	}
	return nil
}

func (s *server) reached() error {
	if s.down {
		return &schema.Failure{Op: "call", Cause: schema.Unreachable, Err: errors.New("connection refused")}
	}
	return nil
}

func (s *server) Health(ctx context.Context, _ bool) error {
	s.mu.Lock()
	err, hangs := s.reached(), s.hangs
	s.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return &schema.Failure{Op: "call", Cause: schema.Unreachable, Err: ctx.Err()}
	}
	return err
}

func (s *server) Read(_ context.Context, key schema.Key) (schema.Body, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.items[key], s.reached()
}

func (s *server) Leases() bool { return s.leased }

// boot starts the node's half anew, passive.
func (s *server) boot(name string) {
	s.began = time.Now()
	var commands []lease.Command
	s.node, commands = lease.Boot(s.node.Kept, name)
	s.do(commands)
}

func (s *server) now() time.Duration { return time.Since(s.began) + time.Hour }

// do carries out commands at once.
func (s *server) do(commands []lease.Command) {
	for _, c := range commands {
		runs := c.Act == lease.Start
		if !runs && s.stuck {
			continue
		}
		if s.running[c.Place] != runs {
			s.running[c.Place] = runs
			s.note(s.serial, c.Place.String(), runs)
		}
		if !runs {
			s.node = s.node.Stopped(c.Place)
		}
	}
}

// tick does what is due on the node, as its own loop would.
func (s *server) tick() {
	var commands []lease.Command
	s.node, commands = s.node.Tick(s.now())
	s.do(commands)
}

func (s *server) Tenure(context.Context) (schema.Tenure, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reached(); err != nil {
		return schema.Tenure{}, err
	}
	if s.mute {
		return schema.Tenure{}, errors.New("no such page")
	}
	s.tick()
	t := s.node.Tenure(s.now())
	if s.hides {
		t.Places = nil
	}
	return t, nil
}

func (s *server) Grant(ctx context.Context, g schema.Grant) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reached(); err != nil {
		return err
	}
	if s.hides {
		return nil
	}
	if s.refuses {
		return errors.New("refused")
	}
	if s.deaf > 0 {
		s.deaf--
		return s.lost(ctx)
	}
	node, commands, err := s.node.Grant(g, s.now())
	s.node = node
	s.do(commands)
	return err
}

// lost is a request that is never answered, for as long as a connection waits by itself.
func (s *server) lost(ctx context.Context) error {
	s.mu.Unlock()
	defer s.mu.Lock()
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	<-ctx.Done()
	return &schema.Failure{Op: "call", Cause: schema.Unreachable, Err: ctx.Err()}
}

func (s *server) Revoke(_ context.Context, r schema.Revoke) (schema.Tenure, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reached(); err != nil {
		return schema.Tenure{}, err
	}
	node, commands, err := s.node.Revoke(r, s.now())
	s.node = node
	s.do(commands)
	return s.node.Tenure(s.now()), err
}

// The world is the ledger too.

func (w *world) Lead(_, leader string) (lease.Ledger, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ledger.Restored = w.ledger.Restored || w.ledger.Term == 0
	w.ledger.Store, w.ledger.Term, w.ledger.Leader = "s1", w.ledger.Term+1, leader
	return w.read()
}

func (w *world) read() (lease.Ledger, error) {
	l := w.ledger
	l.Places = maps.Clone(l.Places)
	if l.Places == nil {
		l.Places = map[schema.Place]lease.Seating{}
	}
	return l, w.broken
}

func (w *world) Ledger(string) (lease.Ledger, error) {
	w.mu.Lock()
	stall := w.stall
	w.stall = 0
	w.mu.Unlock()
	time.Sleep(stall)
	w.mu.Lock()
	defer w.mu.Unlock()
	l, err := w.read()
	return l, cmp.Or(w.unread, err)
}

func (w *world) Swap(_ string, s lease.Swap) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case cmp.Or(w.broken, w.full) != nil:
		return cmp.Or(w.broken, w.full)
	case s.Term != w.ledger.Term || s.Leader != w.ledger.Leader:
		return ErrDeposed
	case !w.ledger.Places[s.Place].Equal(s.Old):
		return errors.New("it has changed since")
	}
	w.ledger.Places = maps.Clone(w.ledger.Places)
	if w.ledger.Places == nil {
		w.ledger.Places = map[schema.Place]lease.Seating{}
	}
	w.ledger.Places[s.Place] = s.New
	return nil
}

func (w *world) Settle(string, uint64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ledger.Restored = false
	return w.broken
}

func (w *world) Deals(string) (map[string]assign.Deal, error) { return w.dealt(), w.broken }

func (w *world) Deal(_ string, deals map[string]assign.Deal) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deals = deals
	return w.broken
}

func (w *world) Offs(string) (map[string]Off, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.offs), w.broken
}

func (w *world) Off(_, serial string, off *Off) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.offs, serial)
	if off != nil {
		w.offs[serial] = *off
	}
	return w.broken
}

// runs are those who run something, in order.
func (w *world) runs(what string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, serial := range slices.Sorted(maps.Keys(w.servers)) {
		if w.servers[serial].runs(what) {
			all = append(all, serial)
		}
	}
	return all
}

func (w *world) expect(what string, want ...string) {
	w.t.Helper()
	if got := w.runs(what); !slices.Equal(got, want) {
		w.t.Errorf("%s runs on %q, want %q; %q; %q", what, got, want, w.told(), w.happened())
	}
}

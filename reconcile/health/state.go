package health

import (
	"maps"
	"slices"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Peer is one to watch.
type Peer struct {
	Serial string
	Policy Policy
	// Known is the last verdict before the watch began, of LIVE, DEAD and CLOSE. A peer that is known to have
	// been LIVE, such as the holder of a role, can become DEAD without a sign of life; else who watches after
	// its death would wait for ever (IWAY-AMB-8).
	Known Verdict
}

// Config is what to watch, and when to doubt it.
type Config struct {
	Peers  []Peer
	Freeze Freeze
}

// ConfigOf is that of a cluster. known are earlier verdicts by serial.
func ConfigOf(c *schema.Cluster, known map[string]Verdict) (Config, error) {
	freeze, err := ParseFreeze(c.Health.Freeze)
	if err != nil {
		return Config{}, err
	}
	config := Config{Freeze: freeze}
	for _, serial := range c.Serials() {
		policy, err := PolicyOf(c, serial)
		if err != nil {
			return Config{}, err
		}
		config.Peers = append(config.Peers, Peer{Serial: serial, Policy: policy, Known: known[serial]})
	}
	return config, nil
}

// State is what is known of the peers of a cluster. It is one goroutine's own.
type State struct {
	freeze  Freeze
	suspect time.Duration // who is silent for so long and should not be looks dead
	clock   clock
	peers   []*peer // in the order of their serials
	by      map[string]*peer
	asks    uint64
	frozen  bool
	quiet   bool // it was told that we doubt ourselves
}

// New starts to watch with the first Step.
func New(c Config) *State {
	s := &State{by: map[string]*peer{}}
	s.Configure(c)
	return s
}

// Configure goes on with other peers or policies. Of peers that stay nothing is forgotten, and their Known
// is not looked at.
func (s *State) Configure(c Config) {
	s.freeze, s.suspect = c.Freeze, 0
	by := make(map[string]*peer, len(c.Peers))
	for _, watched := range c.Peers {
		p := s.by[watched.Serial]
		if p == nil {
			p = s.begin(watched)
		}
		p.Policy = watched.Policy
		by[watched.Serial] = p
		if suspect := p.Policy.suspect(); s.suspect == 0 || suspect < s.suspect {
			s.suspect = suspect
		}
	}
	s.by = by
	s.peers = slices.SortedFunc(maps.Values(by), func(a, b *peer) int { return schema.CompareSerials(a.Serial, b.Serial) })
}

func (s *State) begin(watched Peer) *peer {
	p := &peer{Peer: watched, verdict: Unknown, reason: Unheard}
	switch watched.Known {
	case Live:
		p.settled = Live
	case Dead:
		p.verdict, p.settled, p.reason = Dead, Dead, Silent
		p.run.deaths = 1
	case Close:
		p.verdict, p.settled, p.reason = Close, Close, Said
	default:
	}
	p.start(s.clock.now())
	return p
}

// Step takes in what happened since the last one, and returns what is to be told and done. It is called at
// least every Tick, also with no events; its cost grows with the number of peers, so collect events rather
// than call it with each. Those of one step count as of one time, in whatever order they come: bad news
// first, so that what lives is not dead, and a closing last. Only of two starts of a peer the later one
// comes later. Events of peers that are not watched are not heard.
//
// now may have a monotonic reading, and should. It may go backwards: then no time has passed. If it jumps
// either way, or was not called for longer than it should have been, nobody is DEAD for 30 s.
func (s *State) Step(now time.Time, events ...Event) []Signal {
	first := s.clock.last.IsZero()
	doubt := s.clock.advance(now)
	if first {
		for _, p := range s.peers {
			p.start(s.clock.now())
		}
	}
	for rank := range 4 {
		for _, e := range events {
			if p := s.by[e.peer()]; p != nil && e.rank() == rank {
				e.happen(p, s.clock.now())
			}
		}
	}
	signals := s.doubts(doubt)
	for _, p := range s.peers {
		signals = s.judge(p, signals)
	}
	return signals
}

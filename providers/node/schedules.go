package node

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// maxFires is how many fires are remembered.
	maxFires = 1000
	// maxGap is how late a call of Fire may be and still make up for the minutes
	// since the last.
	maxGap = 2 * time.Minute
)

// schedules is how far the schedules have run. The node does not carry out
// what they command: it says that it would have.
type schedules struct {
	mu    sync.Mutex
	until time.Time // everything due until then has fired; zero: Fire was never called
	last  uint64
	fires []Fire            // the last maxFires
	wrong map[string]string // by id, what is wrong with schedules that cannot run
	held  map[string]uint64 // by role, the epoch at which the last call found it held
}

// from is the moment after which what is due counts.
func (s *schedules) from(now time.Time) time.Time {
	if now.Sub(s.until).Abs() > maxGap {
		return now.Truncate(time.Minute).Add(-1)
	}
	return s.until
}

func (s *schedules) advance(now time.Time, fires []Fire, wrong map[string]string) {
	for _, f := range fires {
		s.last++
		f.Number = s.last
		s.fires = append(s.fires, f)
	}
	s.fires = slices.Clone(s.fires[max(len(s.fires)-maxFires, 0):])
	s.wrong = wrong
	if now.After(s.until) || s.until.Sub(now) > maxGap {
		s.until = now
	}
}

// throughout keeps the roles that were held at the last call too. At the same epoch nobody else has held the
// place in between.
func (s *schedules) throughout(held map[string]uint64) map[string]uint64 {
	steady := map[string]uint64{}
	for role, epoch := range held {
		if was, held := s.held[role]; held && was == epoch {
			steady[role] = epoch
		}
	}
	return steady
}

func (s *schedules) component() component {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.until.IsZero():
		return component{OK: true, Detail: "this node runs no schedules"}
	case len(s.wrong) > 0:
		var all []string
		for _, id := range slices.Sorted(maps.Keys(s.wrong)) {
			all = append(all, id+": "+s.wrong[id])
		}
		return component{Detail: "schedules that cannot run: " + strings.Join(all, "; ")}
	}
	return component{OK: true}
}

// since returns the remembered fires after a number, the oldest first.
func (s *schedules) since(number uint64) (fires []Fire, last uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, _ := slices.BinarySearchFunc(s.fires, number, func(f Fire, n uint64) int { return cmp.Compare(f.Number, n+1) })
	return append([]Fire{}, s.fires[at:]...), s.last
}

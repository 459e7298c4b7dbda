package node

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/robfig/cron/v3"
)

// timed is a schedule of which is known when it comes up.
type timed struct {
	item
	role     string
	calendar cron.Schedule
}

// timetable sorts those that run from those of which it says why they never do.
func timetable(items []item, leases bool) (all []timed, wrong map[string]string) {
	wrong = map[string]string{}
	for _, i := range items {
		t, err := timeOf(i, leases)
		if err != nil {
			wrong[i.ID] = err.Error()
		} else if t.calendar != nil {
			all = append(all, t)
		}
	}
	return all, wrong
}

func timeOf(i item, leases bool) (timed, error) {
	s, err := parseSchedule(i.Body)
	if err != nil {
		return timed{}, err
	}
	calendar, err := s.calendar()
	if err == nil && calendar != nil && s.Role != "" && !leases {
		err = fmt.Errorf("role %q: this node runs no leases, and never holds it", s.Role)
	}
	return timed{i, s.Role, calendar}, err
}

// due returns what comes up after one moment and until another, in order; held has the epochs of the roles
// that count. It neither reads the clock nor keeps anything.
func due(all []timed, after, until time.Time, held map[string]uint64) (fires []Fire) {
	for _, t := range all {
		epoch, ours := held[t.role]
		if t.role != "" && !ours {
			continue
		}
		for at := t.calendar.Next(after); !at.IsZero() && !at.After(until); at = t.calendar.Next(at) {
			fires = append(fires, Fire{Schedule: t.ID, Revision: t.Revision, Due: at, At: until, Role: t.role, Epoch: epoch})
		}
	}
	slices.SortStableFunc(fires, func(a, b Fire) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Schedule, b.Schedule))
	})
	return fires
}

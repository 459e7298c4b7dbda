package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// schedule is what the node knows of an item of the kind "schedule"; the one
// kind whose bodies mean something to it.
type schedule struct {
	Cron    string `json:"cron"`
	Every   string `json:"every"`   // a duration, instead of the cron
	Role    string `json:"role"`    // it fires only while the node holds this role; "": always
	Enabled *bool  `json:"enabled"` // absent: yes
}

// calendar returns when the schedule comes up, nil if it is switched off.
func (s schedule) calendar() (cron.Schedule, error) {
	switch {
	case s.Enabled != nil && !*s.Enabled:
		return nil, nil
	case s.Every != "":
		return parseEvery(s.Every)
	}
	return parseCron(s.Cron)
}

// pulse comes up at the multiples of a duration, so that all nodes agree when that is.
type pulse time.Duration

// shortestPulse and longestPulse are what a pulse may be.
const (
	shortestPulse = 10 * time.Millisecond
	longestPulse  = time.Hour
)

// Next is the next multiple, counted from the beginning of the year 1.
func (p pulse) Next(after time.Time) time.Time {
	return after.Truncate(time.Duration(p)).Add(time.Duration(p))
}

func parseEvery(text string) (cron.Schedule, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < shortestPulse || d > longestPulse {
		return nil, fmt.Errorf("every %q: want a duration from %s to %s", text, shortestPulse, longestPulse)
	}
	return pulse(d), nil
}

func parseSchedule(body json.RawMessage) (s schedule, err error) {
	if err := json.Unmarshal(body, &s); err != nil {
		return s, errors.New("want texts as cron, every and role, and true or false as enabled")
	}
	return s, nil
}

// parseCron takes five fields, and they are UTC. The parser would also take a
// time zone, on some of which it panics, and @every, which knows no minutes.
func parseCron(text string) (calendar cron.Schedule, err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("cron %q: want five fields", text)
		}
	}()
	if strings.ContainsAny(text, "=@") {
		return nil, fmt.Errorf("cron %q: want five fields, in UTC", text)
	}
	calendar, err = cron.ParseStandard(text)
	if err != nil {
		return nil, fmt.Errorf("cron %q: %w", text, err)
	}
	// Five years from a leap year on have every day that the parser looks ahead for.
	if calendar.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("cron %q: no day ever matches", text)
	}
	return calendar, nil
}

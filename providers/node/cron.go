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
	Enabled *bool  `json:"enabled"` // absent: yes
}

// calendar returns when the schedule comes up, nil if it is switched off.
func (s schedule) calendar() (cron.Schedule, error) {
	if s.Enabled != nil && !*s.Enabled {
		return nil, nil
	}
	return parseCron(s.Cron)
}

func parseSchedule(body json.RawMessage) (s schedule, err error) {
	if err := json.Unmarshal(body, &s); err != nil {
		return s, errors.New("want a text as cron, and true or false as enabled")
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

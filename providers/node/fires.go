package node

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const scheduleKind = "schedule"

// Fire is one time at which a schedule came up.
type Fire struct {
	Number   uint64    `json:"number"`   // from 1 on, since the node was opened
	Schedule string    `json:"schedule"` // the item's id
	Revision uint64    `json:"revision"` // the item's
	Due      time.Time `json:"due"`      // UTC; of a cron a full minute
	At       time.Time `json:"at"`       // when the node noticed, UTC

	Role  string `json:"role,omitempty"`  // that the schedule is under
	Epoch uint64 `json:"epoch,omitempty"` // at which the node held it
}

// Fire fires each enabled schedule once for every time that it came up after
// the last call, until now, and logs that. The first call fires nothing: what
// came up while nobody called is lost rather than late, and so it is after a
// pause, or a leap of the clock in either direction, of more than two minutes;
// a clock that is set back by less fires nothing a second time. A schedule under a role fires for the times
// at which the node held it: so it did at the last call and does now, at the same epoch. An error means that
// the items could not be read; the next call makes up for it. Call it once a minute, at its beginning, and
// whenever the node was granted a place.
func (n *Node) Fire(now time.Time) error {
	now = now.UTC()
	n.clock.mu.Lock()
	defer n.clock.mu.Unlock()
	if n.clock.until.IsZero() {
		n.clock.until = now
	}
	items, err := n.scheduleItems()
	if err != nil {
		return fmt.Errorf("fire schedules: %w", err)
	}
	all, wrong := timetable(items, n.options.Leases != nil)
	held := n.held() // last of all: what follows only counts
	fires := due(all, n.clock.from(now), now, n.clock.throughout(held))
	for _, f := range fires {
		n.log(slog.LevelInfo, "fire", f.attrs()...)
	}
	for _, id := range slices.Sorted(maps.Keys(wrong)) {
		if n.clock.wrong[id] != wrong[id] {
			n.log(slog.LevelWarn, "schedule cannot run", slog.String("schedule", id), slog.String("reason", wrong[id]))
		}
	}
	n.clock.advance(now, fires, wrong)
	n.clock.held = held
	return nil
}

func (f Fire) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("schedule", f.Schedule), slog.Time("due", f.Due)}
	if f.Role != "" {
		attrs = append(attrs, slog.String("role", f.Role), slog.Uint64("epoch", f.Epoch))
	}
	return attrs
}

// held is nothing where the node runs no leases.
func (n *Node) held() map[string]uint64 {
	if n.options.Leases == nil {
		return nil
	}
	return n.options.Leases.Held()
}

// Idle waits until no Fire is under way. What a place stands for has stopped once Held is without it and Idle
// has returned.
func (n *Node) Idle() {
	n.clock.mu.Lock()
	defer n.clock.mu.Unlock()
}

func (n *Node) log(level slog.Level, message string, attrs ...slog.Attr) {
	n.options.Logger.LogAttrs(context.Background(), level, message, attrs...)
}

func (n *Node) scheduleItems() ([]item, error) {
	if only := n.options.Kinds; len(only) > 0 && !slices.Contains(only, scheduleKind) {
		return nil, nil
	}
	var items []item
	for after := ""; ; {
		next, err := n.store.page(scheduleKind, after, maxLimit, func(id string, value []byte) error {
			items = append(items, item{ID: id})
			return json.Unmarshal(value, &items[len(items)-1].record)
		})
		if err != nil || next == "" {
			return items, err
		}
		after = next
	}
}

type fired struct {
	Fires []Fire `json:"fires"`
	Last  uint64 `json:"last"`
}

func (n *Node) getFires(w http.ResponseWriter, r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refuse(http.StatusBadRequest, "query: %s", err)
	}
	after, err := strconv.ParseUint(cmp.Or(query.Get("after"), "0"), 10, 63)
	if err != nil {
		return refuse(http.StatusBadRequest, "after %q: want the number of a fire", query.Get("after"))
	}
	answer := fired{}
	answer.Fires, answer.Last = n.clock.since(after)
	reply(w, http.StatusOK, answer)
	return nil
}

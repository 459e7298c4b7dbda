package rules

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // so that the same names of time zones are known on every machine

	"github.com/robfig/cron/v3"

	"github.com/gitops-reconciler/reconciler/schema"
)

func operateRules() []Rule {
	return []Rule{
		{"window-opens", "A window's calendar is one, and comes up.", "write five fields (minute hour day month weekday) that some day matches", "", windowOpens},
		{"window-lasts", "A window lasts for some time.", "write a longer duration", "", windowLasts},
		{"window-zone", "A window's time zone is known.", "write UTC, or a name such as Europe/Berlin", "", windowZone},
		{"hook-reboots", "Only a hook that fences says that it reboots.", "add \"fence\" to its events, or drop reboots", "", hookReboots},
		{"hook-does", "A hook runs a command or calls a URL.", "say what to run, or which url to call", "IWAY-39", hookDoes},
		{"hook-timeout", "A hook is given some time.", "write a longer duration", "", hookTimeout},
		{"event-peers-exist", "Hooks and notifications are about peers that exist.", "name a peer", "IWAY-10", eventPeersExist},
		{"event-roles-exist", "Hooks and notifications are about roles that exist.", "name a role", "IWAY-10", eventRolesExist},
		{"protect-kind-exists", "What is protected is of a kind that the provider has.", "write a kind that the provider has", "", protectKindExists},
	}
}

func windowOpens(c *schema.Cluster, report report) {
	for name, window := range c.Windows {
		if err := Comes(window.Opens); err != nil {
			report(path("windows", name, "opens"), "%q: %v", window.Opens, err)
		}
	}
}

// Comes tells whether a calendar of five cron fields ever comes up. It fails on one that is none, and on
// one that names a time zone: that has a field of its own.
func Comes(calendar string) (err error) {
	// The parser panics on some texts that name a time zone.
	defer func() {
		if recover() != nil {
			err = errors.New("this is not five cron fields")
		}
	}()
	if strings.ContainsAny(calendar, "=@") {
		return errors.New("want five fields; a time zone has a field of its own")
	}
	schedule, err := cron.ParseStandard(calendar)
	switch {
	case err != nil && endsWeek(calendar):
		return errors.New("a week begins with Sunday, which is 0 or sun and not 7; write sat,sun rather than sat-sun")
	case err != nil:
		return err
	}
	// From a fixed day, so that the answer does not depend on when it is asked; five years have every
	// combination of day and weekday that the parser looks ahead for.
	if schedule.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return errors.New("no day ever matches")
	}
	return nil
}

// endsWeek tells whether a calendar takes Sunday for the last day of a week, as some programs do. What it says
// is also sent to products, and not all of them know a seventh day.
func endsWeek(calendar string) bool {
	return regexp.MustCompile(`(?i)( |,|-)7(,|/|-|$)|-(0|sun)(,|/|$)`).MatchString(calendar[max(0, strings.LastIndexByte(calendar, ' ')):])
}

func windowLasts(c *schema.Cluster, report report) {
	for name, window := range c.Windows {
		if d, ok := span(window.Lasts); ok && d <= 0 {
			report(path("windows", name, "lasts"), "%s is no time at all", window.Lasts)
		}
	}
}

func windowZone(c *schema.Cluster, report report) {
	for name, window := range c.Windows {
		if _, err := time.LoadLocation(window.Zone); err != nil || window.Zone == "Local" {
			report(path("windows", name, "zone"), "time zone %q is not known", window.Zone)
		}
	}
}

func hookDoes(c *schema.Cluster, report report) {
	for name, hook := range c.Hooks {
		if len(hook.Run) == 0 && hook.URL == "" {
			report(path("hooks", name), "it does nothing")
		}
	}
}

func hookReboots(c *schema.Cluster, report report) {
	for name, hook := range c.Hooks {
		if hook.Reboots && !slices.Contains(hook.On, "fence") {
			report(path("hooks", name, "reboots"), "it is not called to fence, so what a restart leaves running is nobody's question")
		}
	}
}

func hookTimeout(c *schema.Cluster, report report) {
	for name, hook := range c.Hooks {
		if d, ok := span(hook.Timeout); ok && d <= 0 {
			report(path("hooks", name, "timeout"), "%s is no time at all", hook.Timeout)
		}
	}
}

// eachWhen calls do with what every hook and notification is about.
func eachWhen(c *schema.Cluster, do func(path []string, when schema.When)) {
	for name, hook := range c.Hooks {
		do(path("hooks", name), hook.When)
	}
	for name, notify := range c.Notify {
		do(path("notify", name), notify.When)
	}
}

func eventPeersExist(c *schema.Cluster, report report) {
	eachWhen(c, func(path []string, when schema.When) {
		for _, serial := range when.Peers {
			if !has(c.Peers, serial) {
				report(below(path, "peers"), "there is no peer %s; peers are: %s", serial, list(c.Peers))
			}
		}
	})
}

func eventRolesExist(c *schema.Cluster, report report) {
	eachWhen(c, func(path []string, when schema.When) {
		for _, role := range when.Roles {
			if !has(c.Roles, role) {
				report(below(path, "roles"), "there is no role %s; roles are: %s", role, list(c.Roles))
			}
		}
	})
}

func protectKindExists(c *schema.Cluster, report report) {
	for kind := range c.Guards.Protect {
		if !has(c.Provider.Kinds, kind) {
			report(path("guards", "protect", kind), "%s has no kind %q; its kinds are: %s", c.Provider.Name, kind, list(c.Provider.Kinds))
		}
	}
}

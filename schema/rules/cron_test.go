package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
)

// FuzzComes looks for texts that make the parser panic, that name a time zone, and that are accepted
// though they do not come.
func FuzzComes(f *testing.F) {
	for _, calendar := range []string{
		"", "* * * * *", "*/15 0-23/2 1,15 jan-mar mon-fri", "0 0 31 2 *", "0 0 29 2 *", "0 0 * * 7", "0 0 * * sat-sun",
		"TZ=UTC", "CRON_TZ=UTC 0 0 * * *", "TZ=Europe/Berlin 0 0 * * *", "@every -5s", "@daily", "@every 1h",
		"0 0 * *", "0 0 * * * *", "60 * * * *", "* * 0 * *", "*/0 * * * *", "1-0 * * * *", "? ? ? ? ?", "99999999999999999999 * * * *",
		"0 0 30,31 feb *", "\x00 * * * *", "*,*,* * * * *", "*/99 * * * *",
	} {
		f.Add(calendar)
	}
	f.Fuzz(func(t *testing.T, calendar string) {
		if Comes(calendar) != nil {
			return
		}
		if strings.ContainsAny(calendar, "=@") || len(strings.Fields(calendar)) != 5 {
			t.Fatalf("%q: accepted", calendar)
		}
		schedule, err := cron.ParseStandard(calendar)
		if err != nil {
			t.Fatalf("%q: accepted, but %v", calendar, err)
		}
		from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		if next := schedule.Next(from); next.IsZero() || !next.After(from) {
			t.Fatalf("%q: accepted, but next is %v", calendar, next)
		}
	})
}

// FuzzSpan holds span to what time.Duration can be written as.
func FuzzSpan(f *testing.F) {
	for _, text := range []string{"", "0s", "5m", "1h30m", "1.5h", "100ms", "-5s", "5 minutes", "9999999999h", "1e3s", ".s", "٣s"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, ok := span(text)
		if again, known := span(d.String()); ok && (!known || again != d) {
			t.Fatalf("%q is %v, which is %v", text, d, again)
		}
	})
}

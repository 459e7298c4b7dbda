package node

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// noon is a Friday.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func (n *Node) fire(t testing.TB, at time.Time) {
	t.Helper()
	if err := n.Fire(at); err != nil {
		t.Fatal(err)
	}
}

// fires returns what the node fired after a number, as "id 12:01".
func (n *Node) fires(t testing.TB, after uint64) (all []string) {
	t.Helper()
	var answer fired
	unmarshal(t, n.do("GET", fmt.Sprintf("/v1/fires?after=%d", after), ""), &answer)
	for _, f := range answer.Fires {
		all = append(all, f.Schedule+f.Due.Format(" 15:04"))
	}
	return all
}

func TestFire(t *testing.T) {
	var log bytes.Buffer
	n := newNode(t, Options{Logger: testLogger(&log)})
	for id, body := range map[string]string{
		"each":   `{"cron":"* * * * *"}`,
		"hourly": `{"cron":"0 * * * *","enabled":true}`,
		"off":    `{"cron":"* * * * *","enabled":false}`,
		"friday": `{"cron":"1 12 * * fri","host":"globex","command":"GET secret"}`,
	} {
		n.do("PUT", itemPath("schedule", id), body)
	}
	log.Reset()
	// It is not noon there, nor does it matter.
	n.fire(t, noon.Add(-time.Second).In(time.FixedZone("", 7*3600)))
	if got := n.fires(t, 0); len(got) > 0 {
		t.Errorf("the first call fired %q", got)
	}
	n.fire(t, noon)
	n.fire(t, noon)
	n.fire(t, noon.Add(59*time.Second))
	n.fire(t, noon.Add(time.Minute+time.Millisecond))
	want := []string{"each 12:00", "hourly 12:00", "each 12:01", "friday 12:01"}
	if diff := cmp.Diff(want, n.fires(t, 0)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want[3:], n.fires(t, 3)); diff != "" {
		t.Error(diff)
	}
	if got := n.fires(t, 4); len(got) > 0 {
		t.Errorf("after the last: %q", got)
	}
	wantLog := `level=INFO msg=fire schedule=each due=2026-01-02T12:00:00.000Z
level=INFO msg=fire schedule=hourly due=2026-01-02T12:00:00.000Z
level=INFO msg=fire schedule=each due=2026-01-02T12:01:00.000Z
level=INFO msg=fire schedule=friday due=2026-01-02T12:01:00.000Z
`
	if diff := cmp.Diff(wantLog, log.String()); diff != "" {
		t.Error(diff)
	}

	// What is switched off or removed stops; what is new begins with the next minute.
	n.do("PUT", itemPath("schedule", "each"), `{"cron":"* * * * *","enabled":false}`)
	n.do("PUT", itemPath("schedule", "off"), `{"cron":"* * * * *","enabled":true}`)
	n.do("DELETE", itemPath("schedule", "friday"), "")
	n.fire(t, noon.Add(2*time.Minute))
	if diff := cmp.Diff([]string{"off 12:02"}, n.fires(t, 4)); diff != "" {
		t.Error(diff)
	}
}

func TestFireAnswer(t *testing.T) {
	n := newNode(t, Options{})
	if w := n.do("GET", "/v1/fires", ""); w.Body.String() != `{"fires":[],"last":0}`+"\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	n.do("PUT", itemPath("schedule", "x"), `{"cron":"* * * * *"}`)
	n.fire(t, noon.Add(-time.Second))
	n.fire(t, noon.Add(time.Second))
	want := `{"fires":[{"number":1,"schedule":"x","revision":1,"due":"2026-01-02T12:00:00Z","at":"2026-01-02T12:00:01Z"}],"last":1}` + "\n"
	if w := n.do("GET", "/v1/fires", ""); w.Code != 200 || w.Body.String() != want {
		t.Errorf("%d %s, want %s", w.Code, w.Body, want)
	}
	for _, bad := range []string{"after=x", "after=-1", "after=%zz"} {
		if w := n.do("GET", "/v1/fires?"+bad, ""); w.Code != 400 {
			t.Errorf("%s: %d %s", bad, w.Code, w.Body)
		}
	}
}

// TestFireLeaps has the clock leap: what came up in between is lost, and
// neither fires late nor twice.
func TestFireLeaps(t *testing.T) {
	for name, test := range map[string]struct {
		leap time.Duration
		want []string
	}{
		"a late call":     {2 * time.Minute, []string{"x 12:00", "x 12:01", "x 12:02", "x 12:03"}},
		"suspended":       {time.Hour, []string{"x 12:00", "x 13:00", "x 13:01"}},
		"back a little":   {-time.Minute, []string{"x 12:00"}},
		"back by an hour": {-time.Hour, []string{"x 12:00", "x 11:00", "x 11:01"}},
	} {
		n := newNode(t, Options{})
		n.do("PUT", itemPath("schedule", "x"), `{"cron":"* * * * *"}`)
		n.fire(t, noon.Add(-time.Second))
		n.fire(t, noon)
		for _, later := range []time.Duration{0, time.Second, time.Minute} {
			n.fire(t, noon.Add(test.leap+later))
		}
		if diff := cmp.Diff(test.want, n.fires(t, 0)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestFiresAreBounded(t *testing.T) {
	n := newNode(t, Options{})
	n.do("PUT", itemPath("schedule", "x"), `{"cron":"* * * * *"}`)
	for minute := range maxFires + 2 {
		n.fire(t, noon.Add(time.Duration(minute)*time.Minute))
	}
	var answer fired
	unmarshal(t, n.do("GET", "/v1/fires", ""), &answer)
	if answer.Last != maxFires+1 || len(answer.Fires) != maxFires || answer.Fires[0].Number != 2 {
		t.Errorf("%d fires from %d to %d", len(answer.Fires), answer.Fires[0].Number, answer.Last)
	}
}

func TestFireWrong(t *testing.T) {
	var log bytes.Buffer
	n := newNode(t, Options{Logger: testLogger(&log)})
	for id, body := range map[string]string{
		"fine":  `{"cron":"* * * * *"}`,
		"none":  `{}`,
		"zone":  `{"cron":"TZ=UTC"}`,
		"every": `{"cron":"@every -5s"}`,
		"never": `{"cron":"0 0 31 2 *"}`,
		"type":  `{"cron":7}`,
		"off":   `{"cron":"nonsense","enabled":false}`,
	} {
		n.do("PUT", itemPath("schedule", id), body)
	}
	if w := n.do("GET", "/v1/components", ""); w.Code != 200 || w.Body.String() != `{"ok":true,"components":{"schedule":{"ok":true,"detail":"this node runs no schedules"},"store":{"ok":true}}}`+"\n" {
		t.Errorf("before: %d %s", w.Code, w.Body)
	}
	log.Reset()
	n.fire(t, noon.Add(-time.Second))
	n.fire(t, noon)
	want := `{"ok":false,"components":{"schedule":{"ok":false,"detail":"schedules that cannot run: every: cron \"@every -5s\": want five fields, in UTC; never: cron \"0 0 31 2 *\": no day ever matches; none: cron \"\": empty spec string; type: want texts as cron, every and role, and true or false as enabled; zone: cron \"TZ=UTC\": want five fields, in UTC"},"store":{"ok":true}}}` + "\n"
	if w := n.do("GET", "/v1/components", ""); w.Code != 503 || w.Body.String() != want {
		t.Errorf("%d %s\nwant %s", w.Code, w.Body, want)
	}
	if warned := strings.Count(log.String(), "cannot run"); warned != 5 || n.fires(t, 0)[0] != "fine 12:00" {
		t.Errorf("warned %d times: %s", warned, log.String())
	}
	for _, id := range []string{"none", "zone", "every", "never", "type"} {
		n.do("DELETE", itemPath("schedule", id), "")
	}
	n.fire(t, noon.Add(time.Minute))
	if w := n.do("GET", "/v1/components", ""); w.Code != 200 {
		t.Errorf("mended: %d %s", w.Code, w.Body)
	}
}

func TestFireServesItsKindsOnly(t *testing.T) {
	dir := t.TempDir()
	n := openNode(t, dir, Options{NoSync: true})
	n.do("PUT", itemPath("schedule", "x"), `{"cron":"* * * * *"}`)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if err := n.Fire(noon); err == nil || !strings.Contains(err.Error(), "fire schedules: database not open") {
		t.Errorf("closed: %v", err)
	}
	n = openNode(t, dir, Options{NoSync: true, Kinds: []string{"host"}})
	n.fire(t, noon.Add(-time.Second))
	n.fire(t, noon)
	if got := n.fires(t, 0); len(got) > 0 {
		t.Errorf("it fired %q", got)
	}
}

// TestFireOnce steps a clock at random: each minute that a calendar has fires
// once, as counting minutes by hand has it.
func TestFireOnce(t *testing.T) {
	n := newNode(t, Options{})
	items := []item{{"x", record{1, []byte(`{"cron":"*/3 * * * *"}`)}}}
	n.do("PUT", itemPath("schedule", "x"), string(items[0].Body))
	rapid.Check(t, func(r *rapid.T) {
		n.clock = schedules{}
		now := noon.Add(time.Duration(rapid.IntRange(0, 3600).Draw(r, "start")) * time.Second)
		n.fire(t, now)
		var want []string
		for range rapid.IntRange(1, 50).Draw(r, "steps") {
			before := now
			now = now.Add(time.Duration(rapid.IntRange(0, 120_000).Draw(r, "step")) * time.Millisecond)
			for minute := before.Truncate(time.Minute).Add(time.Minute); !minute.After(now); minute = minute.Add(time.Minute) {
				if minute.Minute()%3 == 0 {
					want = append(want, "x"+minute.Format(" 15:04"))
				}
			}
			n.fire(t, now)
		}
		if diff := cmp.Diff(want, n.fires(t, 0)); diff != "" {
			r.Fatal(diff)
		}
	})
}

func FuzzCron(f *testing.F) {
	for _, seed := range []string{"* * * * *", "TZ=UTC", "CRON_TZ=UTC 0 0 * * *", "@every -5s", "@daily", "0 0 31 2 *", "*/15 0-23/2 1,15 jan-mar mon-fri", "99999999999999999999 * * * *", "*/0 * * * *", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		calendar, err := parseCron(text)
		if err != nil {
			return
		}
		if next := calendar.Next(noon); !next.After(noon) || next.Second() != 0 || next.Location() != time.UTC {
			t.Errorf("%q: next is %v", text, next)
		}
	})
}

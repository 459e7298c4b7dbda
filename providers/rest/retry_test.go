package rest

import (
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

const okThing = `{"name": "a"}`

func TestWaitObeysRetryAfterWithinBounds(t *testing.T) {
	const date = "Sat, 01 Nov 2025 10:00:00 GMT"
	for after, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"3":                             3 * time.Second,
		"99999999999":                   longestAsk,
		"99999999999999999999999999":    longestAsk,
		"9223372036854775807":           longestAsk,
		"-5":                            0,
		"1.5":                           0,
		"soon":                          0,
		"Sat, 01 Nov 2025 10:00:04 GMT": 4 * time.Second,
		"Sat, 01 Nov 2525 10:00:00 GMT": longestAsk,
		"Sat, 01 Nov 2025 09:00:00 GMT": 0,
	} {
		r := &http.Response{Header: http.Header{"Retry-After": {after}, "Date": {date}}}
		least, most := want+100*time.Millisecond, want+200*time.Millisecond
		if got := wait(200*time.Millisecond, longestAsk, 0, r); got < least || got > most {
			t.Errorf("Retry-After: %s waits %s, want %s to %s", after, got, least, most)
		}
	}
	undated := &http.Response{Header: http.Header{"Retry-After": {"Sat, 01 Nov 2525 10:00:00 GMT"}}}
	if got := wait(0, longestAsk, 0, undated); got != 0 {
		t.Errorf("a date against no clock waits %s", got)
	}
}

func TestWaitGrowsWithJitterWithinBounds(t *testing.T) {
	for attempt, full := range map[int]time.Duration{
		0: 200 * time.Millisecond, 1: 400 * time.Millisecond, 2: 800 * time.Millisecond, 6: longestAsk, 1 << 40: longestAsk,
	} {
		seen := map[time.Duration]bool{}
		for range 200 {
			got := wait(200*time.Millisecond, longestAsk, attempt, nil)
			if got < full/2 || got > full {
				t.Errorf("attempt %d waits %s, want %s to %s", attempt, got, full/2, full)
			}
			seen[got] = true
		}
		if len(seen) < 100 {
			t.Errorf("attempt %d: only %d different waits of 200", attempt, len(seen))
		}
	}
}

// reset breaks the connection off as a crash does.
func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

func TestWhatIsRepeated(t *testing.T) {
	busy := say(403, "not now")
	for name, test := range map[string]struct {
		action  plan.Action // "": a read
		kind    string
		answers []http.HandlerFunc // before the one that is good
		asked   int
		cause   schema.Cause // "": it goes well
	}{
		"POST, 500":              {plan.Create, "thing", []http.HandlerFunc{say(500, "")}, 1, schema.Garbled},
		"POST, 502":              {plan.Create, "thing", []http.HandlerFunc{say(502, "")}, 1, schema.Garbled},
		"POST, reset":            {plan.Create, "thing", []http.HandlerFunc{reset}, 1, schema.Unreachable},
		"POST, 429 and 503":      {plan.Create, "thing", []http.HandlerFunc{say(429, ""), say(503, "")}, 3, ""},
		"POST, busy":             {plan.Create, "thing", []http.HandlerFunc{busy, busy}, 3, ""},
		"PUT to create, reset":   {plan.Create, "box", []http.HandlerFunc{reset}, 1, schema.Unreachable},
		"PUT to create, 504":     {plan.Create, "box", []http.HandlerFunc{say(504, "")}, 1, schema.Garbled},
		"PUT to create, 503":     {plan.Create, "box", []http.HandlerFunc{say(503, "")}, 2, ""},
		"PUT to update, reset":   {plan.Update, "thing", []http.HandlerFunc{reset}, 2, ""},
		"PUT to update, 500":     {plan.Update, "thing", []http.HandlerFunc{say(500, "")}, 1, schema.Garbled},
		"PUT, reset, busy":       {plan.Update, "thing", []http.HandlerFunc{reset, busy, busy, busy}, 4, schema.Garbled},
		"PUT, reset, 401":        {plan.Update, "thing", []http.HandlerFunc{reset, say(401, "")}, 2, schema.Garbled},
		"PUT, reset, 400":        {plan.Update, "thing", []http.HandlerFunc{reset, say(400, "")}, 2, schema.Rejected},
		"PUT, busy, 401":         {plan.Update, "thing", []http.HandlerFunc{busy, say(401, "")}, 2, schema.Unauthorised},
		"GET, reset, busy":       {"", "", []http.HandlerFunc{reset, busy, busy, busy}, 4, schema.Busy},
		"DELETE, reset twice":    {plan.Delete, "thing", []http.HandlerFunc{reset, reset}, 3, ""},
		"GET, reset":             {"", "", []http.HandlerFunc{reset}, 2, ""},
		"GET, 502 and 504":       {"", "", []http.HandlerFunc{say(502, ""), say(504, "")}, 3, ""},
		"GET, 500":               {"", "", []http.HandlerFunc{say(500, "")}, 1, schema.Garbled},
		"GET, busy without end":  {"", "", []http.HandlerFunc{busy, busy, busy, busy}, 4, schema.Busy},
		"GET, 503 without end":   {"", "", []http.HandlerFunc{say(503, ""), say(503, ""), say(503, ""), say(503, "")}, 4, schema.Busy},
		"GET, reset without end": {"", "", []http.HandlerFunc{reset, reset, reset, reset}, 4, schema.Unreachable},
		"GET, another 403":       {"", "", []http.HandlerFunc{say(403, "never")}, 1, schema.Unauthorised},
		"GET, busy words, 400":   {"", "", []http.HandlerFunc{say(400, "not now")}, 1, schema.Rejected},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, setup{api: `{"busy": [{"status": 403, "contains": "not now"}]}`}, inTurn(append(test.answers, say(200, okThing))...))
			err := p.read
			if test.action != "" {
				err = func(t *testing.T) error { return p.write(t, test.action, test.kind, schema.Body{"x": "y"}) }
			}
			if got := schema.CauseOf(err(t)); got != test.cause {
				t.Errorf("got %q, want %q", got, test.cause)
			}
			if got := p.count(""); got != test.asked {
				t.Errorf("asked %d times, want %d", got, test.asked)
			}
		})
	}
}

// TestPOSTIsNotRepeatedOnAKeptConnection: net/http repeats some requests by itself when a connection that
// was kept turns out to be dead.
func TestPOSTIsNotRepeatedOnAKeptConnection(t *testing.T) {
	p := newPeer(t, setup{}, inTurn(say(200, okThing), reset, say(200, okThing)))
	if err := p.read(t); err != nil {
		t.Fatal(err)
	}
	failed(t, p.write(t, plan.Create, "thing", schema.Body{}), schema.Unreachable)
	if got := p.count("POST"); got != 1 {
		t.Errorf("posted %d times", got)
	}
}

func TestRepetitionsSendTheWholeBodyAgain(t *testing.T) {
	var bodies []string
	p := newPeer(t, setup{}, func(w http.ResponseWriter, r *http.Request) {
		bodies = append(bodies, bodyOf(t, r))
		w.WriteHeader([]int{503, 503, 201}[len(bodies)-1])
	})
	if err := p.write(t, plan.Create, "thing", schema.Body{"x": "y"}); err != nil {
		t.Fatal(err)
	}
	for _, body := range bodies {
		if body != `{"name":"a","x":"y"}` {
			t.Errorf("sent %s", body)
		}
	}
}

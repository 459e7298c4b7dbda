package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// wall is a clock that stands until it is moved.
type wall struct {
	mu    sync.Mutex
	now   time.Time
	asked chan time.Duration // what the node waits for, each time it begins to
	rings chan time.Time
}

func (w *wall) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *wall) after(d time.Duration) <-chan time.Time {
	w.asked <- d
	return w.rings
}

// pass lets time pass, wakes the node, and waits until it waits again.
func (w *wall) pass(d time.Duration) (next time.Duration) {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	w.rings <- w.time()
	return <-w.asked
}

func TestSchedules(t *testing.T) {
	w := &wall{now: time.Date(2026, 1, 2, 11, 58, 30, 0, time.UTC), asked: make(chan time.Duration), rings: make(chan time.Time)}
	ctx, cancel := context.WithCancel(t.Context())
	lines, stdout := io.Pipe()
	var stderr bytes.Buffer
	ended := make(chan int)
	go func() {
		ended <- process{environ{}.get, nil, w.time, w.after, "v1", stdout, &stderr}.run(ctx, []string{"--listen", "127.0.0.1:0", "--dir", t.TempDir()})
	}()
	line := make([]byte, 100)
	count, err := lines.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(strings.TrimPrefix(string(line[:count]), "listening on "))
	if first := <-w.asked; first != 30*time.Second {
		t.Errorf("it waits for %s first, want 30s", first)
	}
	if code, text := fetch(t, "PUT", url+"/v1/kinds/schedule/items/noon", "", `{"cron":"0 12 * * *","command":"GET canary"}`); code != http.StatusCreated {
		t.Fatal(code, text)
	}
	if next := w.pass(30 * time.Second); next != time.Minute {
		t.Errorf("at 11:59 it waits for %s, want 1m", next)
	}
	if _, text := fetch(t, "GET", url+"/v1/fires", "", ""); text != `{"fires":[],"last":0}`+"\n" {
		t.Errorf("before noon: %s", text)
	}
	if next := w.pass(61 * time.Second); next != 59*time.Second {
		t.Errorf("at 12:00:01 it waits for %s, want 59s", next)
	}
	want := `{"fires":[{"number":1,"schedule":"noon","revision":1,"due":"2026-01-02T12:00:00Z","at":"2026-01-02T12:00:01Z"}],"last":1}` + "\n"
	if _, text := fetch(t, "GET", url+"/v1/fires", "", ""); text != want {
		t.Errorf("got %s, want %s", text, want)
	}
	cancel()
	if code := <-ended; code != exitOK {
		t.Errorf("exit %d", code)
	}
	if log := stderr.String(); !strings.Contains(log, "msg=fire schedule=noon due=2026-01-02T12:00:00.000Z") || strings.Contains(log, "canary") {
		t.Errorf("log %s", log)
	}
}

func TestBad(t *testing.T) {
	url, stop := environ{}.start(t, "--dir", t.TempDir(), "--bad", "refusing")
	for _, path := range []string{"/v1/health", "/v1/status", "/v1/kinds/host/items/a"} {
		if code, text := fetch(t, "GET", url+path, "", ""); code != http.StatusForbidden {
			t.Errorf("%s: %d %s", path, code, text)
		}
	}
	if code, log := stop(); code != exitOK || !strings.Contains(log, "level=WARN msg=\"this node misbehaves on purpose\" bad=refusing") {
		t.Errorf("exit %d, log %s", code, log)
	}
}

// TestBadStops ends a node that keeps a client waiting for ever: both are let go.
func TestBadStops(t *testing.T) {
	url, stop := environ{}.start(t, "--dir", t.TempDir(), "--bad", "drip")
	r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/v1/status", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if code, log := stop(); code != exitOK {
		t.Errorf("exit %d, log %s", code, log)
	}
	if _, err := io.Copy(io.Discard, response.Body); err == nil {
		t.Error("the answer came to an end")
	}
}

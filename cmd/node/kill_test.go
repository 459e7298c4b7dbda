package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// ledger is what writers have been told, and what they were waiting for when
// the node died.
type ledger struct {
	mu       sync.Mutex
	answered map[string]int // by id: the last value that the node said it has
	asked    map[string]int // by id: the last value that it was asked to have
	left     int            // answers until the node is killed
	kill     func()
}

func (l *ledger) ask(ids []string, value int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		l.asked[id] = value
	}
}

func (l *ledger) answer(ids []string, value int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		l.answered[id] = value
	}
	if l.left--; l.left == 0 {
		l.kill()
	}
}

// send writes one value to all the ids, in one request, and tells whether the
// node answered that it did.
func send(t *testing.T, url string, ids []string, value int) bool {
	method, target, body := "PUT", url+"/v1/kinds/host/items/"+ids[0], fmt.Sprintf(`{"value":%d}`, value)
	if len(ids) > 1 {
		method, target = "POST", url+"/v1/kinds/host/items"
		body = `{"items":[{"id":"` + strings.Join(ids, `","body":`+body+`},{"id":"`) + `","body":` + body + `}]}`
	}
	r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return false
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode < 300
}

// write writes rising values until the node is gone.
func (l *ledger) write(t *testing.T, url string, ids []string, from int) {
	for value := from; ; value++ {
		l.ask(ids, value)
		if !send(t, url, ids, value) {
			return
		}
		l.answer(ids, value)
	}
}

// values reads the value of each item.
func values(t *testing.T, url string) map[string]int {
	t.Helper()
	_, text := fetch(t, "GET", url+"/v1/kinds/host/items", "", "")
	var page struct {
		Items []struct {
			ID   string
			Body struct{ Value int }
		}
	}
	if err := json.Unmarshal([]byte(text), &page); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	all := map[string]int{}
	for _, i := range page.Items {
		all[i.ID] = i.Body.Value
	}
	return all
}

// TestKilled kills a node again and again while it is written to. What it
// answered is there afterwards; what it did not may be, but whole; and a bulk
// write is there for all of its items or for none.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bulk := []string{"b1", "b2", "b3", "b4"}
	writers := [][]string{{"a1"}, {"a2"}, {"a3"}, bulk}
	l := &ledger{answered: map[string]int{}, asked: map[string]int{}}
	instance := ""
	for round, answers := range []int{1, 2, 7, 20, 33, 60} {
		n := spawn(t, nil, "--dir", dir)
		l.left, l.kill = answers, func() { n.kill(t) }
		var wait sync.WaitGroup
		for _, ids := range writers {
			wait.Go(func() { l.write(t, n.url, ids, round*1000) })
		}
		wait.Wait()

		n = spawn(t, nil, "--dir", dir)
		got := values(t, n.url)
		for _, ids := range writers {
			for _, id := range ids {
				value, there := got[id]
				if was, answered := l.answered[id]; answered && (!there || value != was && value != l.asked[id]) {
					t.Errorf("killed after %d answers: %s is %d (%v), want %d or %d", answers, id, value, there, was, l.asked[id])
				}
				if value != got[ids[0]] {
					t.Errorf("killed after %d answers: half a bulk write: %v", answers, got)
				}
				if there {
					l.answered[id] = value
				}
			}
		}
		_, status := fetch(t, "GET", n.url+"/v1/status", "", "")
		var said struct{ Instance string }
		if err := json.Unmarshal([]byte(status), &said); err != nil || said.Instance == "" || instance != "" && said.Instance != instance {
			t.Errorf("instance %s, want %s: %s, %v", said.Instance, instance, status, err)
		}
		instance = said.Instance
		n.kill(t)
	}
}

// TestFullDisk runs a node that may not write beyond a size, as a full disk
// has it: it says so, keeps what it has, and goes on where there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := spawn(t, []string{"sh", "-c", `ulimit -f 400; exec "$0" "$@"`}, "--dir", dir)
	body := `{"x":"` + strings.Repeat("x", 8000) + `"}`
	stored, code, text := 0, 0, ""
	for ; stored < 1000; stored++ {
		if code, text = fetch(t, "PUT", fmt.Sprintf("%s/v1/kinds/host/items/%03d", n.url, stored), "", body); code != http.StatusCreated {
			break
		}
	}
	if code != http.StatusInsufficientStorage || !strings.Contains(text, "file too large") {
		t.Fatalf("after %d items: %d %s", stored, code, text)
	}
	code, text = fetch(t, "GET", n.url+"/v1/components", "", "")
	if code != http.StatusServiceUnavailable || !strings.Contains(text, `"store":{"ok":false,"detail":"the last write failed, and stored nothing: `) {
		t.Errorf("components: %d %s", code, text)
	}
	count := fmt.Sprintf(`"host":{"count":%d,"revision":%d,`, stored, stored)
	if _, text := fetch(t, "GET", n.url+"/v1/status", "", ""); !strings.Contains(text, count) {
		t.Errorf("full: status %s, want %s", text, count)
	}
	if code, text := fetch(t, "GET", n.url+"/v1/kinds/host/items/000", "", ""); code != http.StatusOK {
		t.Errorf("full: %d %s", code, text)
	}
	if !strings.Contains(n.stderr.String(), "level=ERROR msg=\"internal error\" method=PUT") {
		t.Errorf("log %s", &n.stderr)
	}
	n.kill(t)

	n = spawn(t, nil, "--dir", dir)
	defer n.kill(t)
	if _, text := fetch(t, "GET", n.url+"/v1/status", "", ""); !strings.Contains(text, count) {
		t.Errorf("with room: status %s, want %s", text, count)
	}
	if code, text := fetch(t, "PUT", n.url+"/v1/kinds/host/items/new", "", body); code != http.StatusCreated {
		t.Errorf("with room: %d %s", code, text)
	}
	if code, text := fetch(t, "GET", n.url+"/v1/components", "", ""); code != http.StatusOK {
		t.Errorf("with room: %d %s", code, text)
	}
}

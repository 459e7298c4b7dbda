package node

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// bad is a server that always has one fault, and the node behind it.
func bad(t *testing.T, fault Fault, secure bool) (*httptest.Server, *Node) {
	t.Helper()
	n := newNode(t, Options{Name: "bad"})
	server := httptest.NewUnstartedServer(Misbehave(n, func(*http.Request) Fault { return fault }))
	if secure {
		server.EnableHTTP2 = true
		server.StartTLS()
	} else {
		server.Start()
	}
	server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(server.Close)
	return server, n
}

// put asks a bad server to write an item, and returns its answer, which may
// break off, and the first bytes of that.
func put(ctx context.Context, server *httptest.Server) (*http.Response, string, error) {
	r, err := http.NewRequestWithContext(ctx, "PUT", server.URL+itemPath("host", "a"), strings.NewReader(`{"x":"a body"}`))
	if err != nil {
		return nil, "", err
	}
	response, err := server.Client().Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, 2<<20))
	return response, string(text), err
}

func TestFaultsThatAnswer(t *testing.T) {
	for fault, want := range map[Fault]struct {
		code         int
		header, text string
	}{
		Refusing:   {403, "Content-Type: application/json", `{"error":"this node refuses everything"}`},
		Failing:    {500, "Content-Type: application/json", `{"error":"something broke inside"}`},
		WrongType:  {200, "Content-Type: application/json", `"instance":7`},
		Empty:      {200, "Content-Type: application/json", ""},
		Huge:       {200, "Content-Type: application/json", `{"items":[{"id":"x","revision":1,"body":{}},{"id":"x"`},
		Deep:       {200, "Content-Type: application/json", "[[[[["},
		RetryAfter: {429, "Retry-After: 99999999999", `{"error":"too many requests"}`},
		Redirect:   {307, "Location: https://elsewhere.example/v1/kinds/host/items/a", "moved"},
		HTML:       {200, "Content-Type: text/html; charset=utf-8", "<!doctype html>"},
	} {
		t.Run(string(fault), func(t *testing.T) {
			server, n := bad(t, fault, false)
			response, text, err := put(t.Context(), server)
			if err != nil {
				t.Fatal(err)
			}
			name, value, _ := strings.Cut(want.header, ": ")
			if response.StatusCode != want.code || response.Header.Get(name) != value || !strings.Contains(text, want.text) || want.text == "" && text != "" {
				t.Errorf("%d %v %.100s", response.StatusCode, response.Header, text)
			}
			if got := n.status(t).Revision; got != 0 {
				t.Errorf("it has written: revision %d", got)
			}
		})
	}
}

func TestFaultsThatBreakOff(t *testing.T) {
	for name, secure := range map[string]bool{"HTTP": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			server, n := bad(t, Reset, secure)
			response, _, err := put(t.Context(), server)
			if err == nil {
				t.Errorf("reset: %s", response.Status)
			}
			if !secure && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("reset: %v", err)
			}
			if got := n.status(t).Revision; got != 0 {
				t.Errorf("reset has written: revision %d", got)
			}

			server, n = bad(t, Truncated, secure)
			response, text, err := put(t.Context(), server)
			if response == nil || response.StatusCode != 201 || err == nil || text != `{"id":"a","revision":1,` {
				t.Errorf("truncated: %v, %q, %v", response, text, err)
			}
			if got := n.status(t).Revision; got != 1 {
				t.Errorf("truncated has not written: revision %d", got)
			}
		})
	}
}

// TestFaultsThatHang has the client give up once the server is seen to hang.
func TestFaultsThatHang(t *testing.T) {
	for _, fault := range []Fault{Slow, Drip} {
		t.Run(string(fault), func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			hanging := make(chan struct{})
			ended := make(chan struct{})
			handler := Misbehave(nil, func(*http.Request) Fault { return fault })
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(ended)
				close(hanging)
				handler.ServeHTTP(w, r)
			}))
			defer server.Close()
			answered := make(chan error, 1)
			go func() {
				_, _, err := put(ctx, server)
				answered <- err
			}()
			<-hanging
			cancel()
			if err := <-answered; !errors.Is(err, context.Canceled) {
				t.Errorf("it answered: %v", err)
			}
			<-ended
		})
	}
}

func TestFaultNames(t *testing.T) {
	var f Fault
	if err := f.Set("nonsense"); err == nil || f != "" || !strings.Contains(err.Error(), "want one of 500, deep, drip, ") {
		t.Errorf("%q, %v", f, err)
	}
	for _, name := range Faults() {
		if err := f.Set(name); err != nil || f.String() != name {
			t.Errorf("%s: %q, %v", name, f, err)
		}
	}
	if !slices.IsSorted(Faults()) || len(Faults()) != 13 {
		t.Errorf("%q", Faults())
	}
	w := httptest.NewRecorder()
	Misbehave(nil, func(*http.Request) Fault { return "x" }).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 500 || !strings.Contains(w.Body.String(), "no such fault: x") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestNoFault passes requests through, each by itself.
func TestNoFault(t *testing.T) {
	n := newNode(t, Options{})
	h := Misbehave(n, func(r *http.Request) Fault {
		if r.Method == "PUT" {
			return Failing
		}
		return ""
	})
	for method, want := range map[string]int{"PUT": 500, "GET": 404} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, itemPath("host", "a"), strings.NewReader("{}")))
		if w.Code != want {
			t.Errorf("%s: %d %s", method, w.Code, w.Body)
		}
	}
}

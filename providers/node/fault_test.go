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
	if !slices.IsSorted(Faults()) || len(Faults()) != 17 {
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

// TestLies has a node that holds a place say something else of it, and nothing else of its items.
func TestLies(t *testing.T) {
	const held = `{"store":"S1","boot":"B7QX","now":90000000000,"places":{"scheduler/0":{"epoch":4,"state":"active","until":120000000000}}}`
	for fault, want := range map[Fault]string{
		"":        held,
		Disowned:  strings.Replace(held, `"active","until":120000000000`, `"passive"`, 1),
		Clung:     strings.Replace(held, "120000000000", "31536000000000000", 1),
		Outranked: strings.Replace(held, `"epoch":4`, `"epoch":18446744073709551615`, 1),
		Rebooting: strings.Replace(held, "B7QX", "B7QX-90000000000", 1),
	} {
		n := newNode(t, Options{Leases: newBook(nil)})
		h := Misbehave(n, func(*http.Request) Fault { return fault })
		ask := func(method, path, body string) (int, string) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
			return w.Code, strings.TrimSpace(w.Body.String())
		}
		if code, text := ask("PUT", grantPath, grantBody); code != 204 || text != "" {
			t.Errorf("%s: granted: %d %s", fault, code, text)
		}
		if code, text := ask("GET", "/v1/roles", ""); code != 200 || text != want {
			t.Errorf("%s: %d %s, want %s", fault, code, text, want)
		}
		if code, text := ask("PUT", itemPath("host", "a"), `{"boot":7,"places":{}}`); code != 201 || text != `{"id":"a","revision":1,"body":{"boot":7,"places":{}}}` {
			t.Errorf("%s: an item: %d %s", fault, code, text)
		}
		if code, text := ask("GET", "/v1/kinds", ""); code != 404 || text != `{"error":"/v1/kinds: no such path"}` {
			t.Errorf("%s: no path: %d %s", fault, code, text)
		}
	}
}

package providertest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Wire stands between the clients and a server that is reached over HTTP: it counts what they send, and
// can lose an answer.
type Wire struct {
	server *httptest.Server

	mu     sync.Mutex
	count  int
	loses  func(r *http.Request) bool // whether the answer is lost, once the server has given it; nil: never
	bodies []string                   // of the requests that had one, while they are kept
	keeps  bool
}

// NewWire makes one to the server at address, as "http://127.0.0.1:8080", until the test ends. Clients are
// to be opened with its URL.
func NewWire(t testing.TB, address string) *Wire {
	t.Helper()
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{}
	transport := &http.Transport{MaxIdleConnsPerHost: writers}
	proxy := &httputil.ReverseProxy{
		Transport:    transport,
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }, // as if the server broke off
	}
	w.server = httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) { w.pass(proxy, answer, r) }))
	t.Cleanup(func() {
		w.server.Close()
		transport.CloseIdleConnections()
	})
	return w
}

// URL is where clients find the server.
func (w *Wire) URL() string { return w.server.URL }

func (w *Wire) pass(to http.Handler, answer http.ResponseWriter, r *http.Request) {
	w.see(r)
	w.mu.Lock()
	loses := w.loses != nil && w.loses(r)
	w.mu.Unlock()
	if !loses {
		to.ServeHTTP(answer, r)
		return
	}
	to.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithoutCancel(r.Context())))
	panic(http.ErrAbortHandler) // net/http breaks the connection off
}

func (w *Wire) see(r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	if !w.keeps || r.Body == nil {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.bodies = append(w.bodies, string(body))
	}
}

// requests counts those of do; where there is no wire, it returns 0.
func (w *Wire) requests(do func()) int {
	if w == nil {
		do()
		return 0
	}
	w.mu.Lock()
	before := w.count
	w.mu.Unlock()
	do()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count - before
}

// carried tells for each text whether a request of do had it in its body, as JSON or in a form.
func (w *Wire) carried(do func(), texts ...string) map[string]bool {
	w.mu.Lock()
	w.keeps = true
	w.mu.Unlock()
	do()
	w.mu.Lock()
	defer w.mu.Unlock()
	all := strings.Join(w.bodies, "\n")
	w.keeps, w.bodies = false, nil
	found := map[string]bool{}
	for _, text := range texts {
		quoted, _ := json.Marshal(text) // a string can be written as JSON
		found[text] = strings.Contains(all, strings.Trim(string(quoted), `"`)) || strings.Contains(all, url.QueryEscape(text))
	}
	return found
}

// lose makes the answers be lost that fn picks; nil: none.
func (w *Wire) lose(fn func(r *http.Request) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loses = fn
}

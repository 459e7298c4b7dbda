package fleet

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Network is between the controller and the nodes: a proxy that knows http://nSERIAL.test, and does to messages
// what it is told. It is safe for concurrent use.
type Network struct {
	proxy     *httptest.Server
	transport *http.Transport
	closed    chan struct{}

	mu    sync.Mutex
	nodes map[string]*url.URL
	links map[string]*link
	late  []string
}

// Fate is what becomes of a message.
type Fate int

// The fates.
const (
	Arrives Fate = iota
	Lost         // in silence: whoever waits for it waits until they give up
	Held         // it arrives once the fault is over, whether or not anybody waits for it still
)

// Fault is what is the matter with the way to a node. The zero value is none.
type Fault struct {
	There Fate                     // of requests
	Back  Fate                     // of answers, also of those under way; Held is Lost
	Delay time.Duration            // of each message that arrives
	Only  func(*http.Request) bool // which requests, and answers to them; nil: all
}

func (f Fault) concerns(r *http.Request) bool { return f.Only == nil || f.Only(r) }

// link is the way to a node while a fault lasts.
type link struct {
	Fault
	over chan struct{}
	held int
}

func newNetwork() *Network {
	n := &Network{transport: &http.Transport{}, closed: make(chan struct{}), nodes: map[string]*url.URL{}, links: map[string]*link{}}
	n.proxy = httptest.NewServer(n)
	return n
}

func (n *Network) url() string { return n.proxy.URL }

func (n *Network) close() {
	close(n.closed)
	n.proxy.Close()
	n.transport.CloseIdleConnections()
}

func (n *Network) connect(serial, address string) error {
	at, err := url.Parse(address)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.nodes[serial] = at
	return err
}

// Break puts a fault in the way to a node, in place of the one that was there; the zero value heals it.
func (n *Network) Break(serial string, f Fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if before := n.links[serial]; before != nil {
		close(before.over)
	}
	n.links[serial] = &link{Fault: f, over: make(chan struct{})}
}

// HeldBack is how many requests to a node are held now.
func (n *Network) HeldBack(serial string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if l := n.links[serial]; l != nil {
		return l.held
	}
	return 0
}

// Late is each request that was held and then arrived, and what it was answered: "PUT /v1/roles/scheduler/0: 409".
func (n *Network) Late() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.late)
}

// ServeHTTP is the way of one request, and of its answer.
func (n *Network) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serial := strings.TrimPrefix(strings.TrimSuffix(r.URL.Hostname(), ".test"), "n")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // who asked has gone
	}
	there := n.way(serial)
	if !n.reaches(there, r) {
		return
	}
	answer, text, err := n.carry(serial, r, body)
	if err != nil {
		panic(http.ErrAbortHandler) // nobody listens there: the connection breaks off
	}
	if there.There == Held && there.concerns(r) {
		n.arrived(fmt.Sprintf("%s %s: %d", r.Method, r.URL.Path, answer.StatusCode))
	}
	back := n.way(serial)
	if back.Back != Arrives && back.concerns(r) {
		n.silence(r.Context())
	}
	if n.passes(back.Delay) {
		maps.Copy(w.Header(), answer.Header)
		w.WriteHeader(answer.StatusCode)
		_, _ = w.Write(text) // who asked may have gone
	}
}

// reaches waits until a request has arrived, whoever gives up meanwhile. It tells whether it ever does.
func (n *Network) reaches(l *link, r *http.Request) bool {
	if l.concerns(r) {
		switch l.There {
		case Lost:
			n.silence(r.Context())
		case Held:
			return n.hold(l)
		case Arrives:
		}
	}
	return n.passes(l.Delay)
}

func (n *Network) way(serial string) *link {
	n.mu.Lock()
	defer n.mu.Unlock()
	if l := n.links[serial]; l != nil {
		return l
	}
	return &link{}
}

// hold waits until the fault is over. It tells whether the request is to be carried then.
func (n *Network) hold(l *link) bool {
	n.mu.Lock()
	l.held++
	n.mu.Unlock()
	select {
	case <-l.over:
		return true
	case <-n.closed:
		return false
	}
}

// silence is what whoever waits for a lost message hears, until they give up.
func (n *Network) silence(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-n.closed:
	}
	panic(http.ErrAbortHandler)
}

// passes waits for so long, or for the end of the network, which it tells.
func (n *Network) passes(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-n.closed:
		return false
	}
}

func (n *Network) arrived(what string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.late = append(n.late, what)
}

// carry brings a request to a node. Once it is on its way it arrives, also if who sent it gives up.
func (n *Network) carry(serial string, r *http.Request, body []byte) (*http.Response, []byte, error) {
	n.mu.Lock()
	at := n.nodes[serial]
	n.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), time.Minute)
	defer cancel()
	request := r.Clone(ctx)
	request.RequestURI, request.URL.Host, request.Body = "", at.Host, io.NopCloser(bytes.NewReader(body))
	answer, err := n.transport.RoundTrip(request)
	if err != nil {
		return nil, nil, err
	}
	text, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close() // it was only read
	return answer, text, err
}

package rest

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Options are what a Client may be told beside the definition. The zero value is useful.
type Options struct {
	Timeout  time.Duration                                    // of one request, the wait for its turn and its repetitions included; 0: 30 s
	Connect  time.Duration                                    // of one connection's making; 0: 5 s
	Wait     time.Duration                                    // before a request is repeated, about, and twice that before the next time; 0: 200 ms
	MaxBytes int64                                            // of one answer; 0: 64 MiB
	Clock    func() time.Time                                 // tells when a token's lifetime is over; nil: the peer tells
	Probes   int                                              // so many calls of Health use one connection; 0: one
	Pause    func(ctx context.Context, d time.Duration) error // between two looks at a change that takes its time; nil: by the clock

	CA         []byte // PEM, of the authority that signed the peer's certificate; nil: the system's
	ServerName string // that the peer's certificate must have; "": the host of its address
	Identity   string // a URI that the peer's certificate must have too; "": none
}

func (o Options) orDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Connect == 0 {
		o.Connect = 5 * time.Second
	}
	if o.Wait == 0 {
		o.Wait = 200 * time.Millisecond
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 64 << 20
	}
	if o.Pause == nil {
		o.Pause = pause
	}
	return o
}

// Credentials are the peer's, with the secrets that it refers to.
type Credentials struct {
	User            string
	Password, Token schema.Secret

	Certificate []byte        // ours, in PEM, for a peer that asks for one; nil: none
	Key         schema.Secret // that goes with it, in PEM
}

// Client reads and writes one peer. It is safe for concurrent use.
type Client struct {
	definition *Definition
	base       *url.URL
	http       *retryablehttp.Client
	probes     *http.Client // repeats nothing, keeps no connection unless Options.Probes says so
	leases     *http.Client // repeats nothing, and no item uses its connections
	probed     atomic.Int64
	options    Options
	session    session
	tags       tags

	// A request keeps its place in the gate while it waits to be repeated: a peer that says it is busy
	// gets less to do, not the same from others.
	gate *gate
}

// Open returns a client for the peer at address. It does not connect. It fails on an address that is
// none or where no peer may be, on a CA that holds no certificate, and on a certificate and a key that do not belong together.
func (d *Definition) Open(address string, credentials Credentials, o Options) (*Client, error) {
	base, err := d.provider.URL(address)
	if err != nil {
		return nil, err
	}
	// Behind a proxy the dialer sees the proxy's address only; this one is written down.
	if literal, err := netip.ParseAddr(base.Hostname()); err == nil {
		if err := forbid(base.Hostname(), literal); err != nil {
			return nil, err
		}
	}
	o = o.orDefaults()
	config, err := trust(o, credentials)
	if err != nil {
		return nil, err
	}
	if d, err = d.signedIn(credentials.User); err != nil {
		return nil, err
	}
	c := &Client{definition: d, base: base, options: o, gate: newGate(d.api.InFlight)}
	c.http = c.retrying(c.transport(config))
	c.probes = &http.Client{Transport: c.once(config), CheckRedirect: stay}
	c.leases = &http.Client{Transport: c.beside(config), CheckRedirect: stay}
	c.session = session{client: c, credentials: credentials, turn: make(chan struct{}, 1)}
	return c, nil
}

// transport is that of the standard library with bounds. Its proxies stay, too: HTTPS_PROXY and NO_PROXY
// hold for peers as they do for everything else that runs there. The configuration is its own: a transport writes the
// protocols that it speaks into it, at its first request.
func (c *Client) transport(config *tls.Config) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = dialer(c.options.Connect, c.base.Hostname()).DialContext
	t.TLSHandshakeTimeout = c.options.Connect
	t.MaxIdleConnsPerHost = c.definition.api.InFlight
	t.MaxResponseHeaderBytes = 64 << 10
	t.TLSClientConfig = config.Clone()
	return t
}

// Close closes the connections that are kept for the next request.
func (c *Client) Close() {
	c.http.HTTPClient.CloseIdleConnections()
	c.probes.CloseIdleConnections()
	c.leases.CloseIdleConnections()
}

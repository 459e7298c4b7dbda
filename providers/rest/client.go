package rest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Options are what a Client may be told beside the definition. The zero value is useful.
type Options struct {
	Timeout  time.Duration // of one request, the wait for its turn and its repetitions included; 0: 30 s
	Connect  time.Duration // of one connection's making; 0: 5 s
	Wait     time.Duration // before a request is repeated, about, and twice that before the next time; 0: 200 ms
	MaxBytes int64         // of one answer; 0: 64 MiB

	Pause func(ctx context.Context, d time.Duration) error // between two looks at a change that takes its time; nil: by the clock

	CA []byte // PEM, of the authority that signed the peer's certificate; nil: the system's
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
}

// Client reads and writes one peer. It is safe for concurrent use.
type Client struct {
	definition *Definition
	base       *url.URL
	http       *retryablehttp.Client
	options    Options
	session    session

	// slots are the requests in flight. A request keeps its slot while it waits to be repeated: a peer
	// that says it is busy gets less to do, not the same from others.
	slots chan struct{}
}

// Open returns a client for the peer at address. It does not connect. It fails on an address that is
// none, and on a CA that holds no certificate.
func (d *Definition) Open(address string, credentials Credentials, o Options) (*Client, error) {
	base, err := d.provider.URL(address)
	if err != nil {
		return nil, err
	}
	o = o.orDefaults()
	transport, err := transport(o, d.api.InFlight)
	if err != nil {
		return nil, err
	}
	c := &Client{definition: d, base: base, options: o, slots: make(chan struct{}, max(d.api.InFlight, 1))}
	c.http = retrying(transport, o.Wait, d.api.Busy)
	c.session = session{client: c, credentials: credentials, turn: make(chan struct{}, 1)}
	return c, nil
}

// transport is that of the standard library with bounds. Its proxies stay, too: HTTPS_PROXY and NO_PROXY
// hold for peers as they do for everything else that runs there.
func transport(o Options, inFlight int) (*http.Transport, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = dialer(o.Connect)
	t.TLSHandshakeTimeout = o.Connect
	t.MaxIdleConnsPerHost = inFlight
	t.MaxResponseHeaderBytes = 64 << 10
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CA != nil {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(o.CA) {
			return nil, fmt.Errorf("the ca file holds no certificate in PEM")
		}
		t.TLSClientConfig.RootCAs = pool
	}
	return t, nil
}

// Close closes the connections that are kept for the next request.
func (c *Client) Close() { c.http.HTTPClient.CloseIdleConnections() }

// acquire waits for one of the requests that may be in flight, and returns how to give it back.
func (c *Client) acquire(ctx context.Context) (release func(), err error) {
	select {
	case c.slots <- struct{}{}:
		return func() { <-c.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

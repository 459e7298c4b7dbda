package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
)

const checkHealth = "check health"

// health is what the definition says about asking a peer how it is.
type health struct {
	Live *probe `json:"live"`
	Deep *probe `json:"deep"`
}

type probe struct {
	Path     string `json:"path"`
	Root     bool   `json:"root"`
	OK       []int  `json:"ok"`
	Contains string `json:"contains"`
}

// Health asks the peer once whether it lives; deep also whether it does what it is for, signed in. nil is
// a good answer. An error is a *schema.Failure: Unreachable, Untrusted or Garbled where none came that can
// be believed; any other cause is the peer's own word, so it lives. An error that is none says that it was not
// asked: the definition does not say how. Nothing is repeated, but for a login
// where a token is over; no place among the requests in flight is waited for; and the connection is a new
// one, since one that was kept would not show that the peer takes any. Who watches thousands of peers can not pay
// for that each time: with Options.Probes so many calls use one, but never after one that failed. Options.Timeout
// bounds it.
func (c *Client) Health(ctx context.Context, deep bool) error {
	p := c.definition.api.Health.Live
	if deep {
		p = c.definition.api.Health.Deep
	}
	if p == nil {
		return errors.New(checkHealth + ": the definition does not say how: it needs api.health.live, and api.health.deep for the dearer check")
	}
	r := request{op: checkHealth, method: http.MethodGet, path: p.Path, probe: p, via: c.probes, terms: terms{OK: p.OK}}
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	var err error
	if deep {
		_, err = c.signed(ctx, r)
	} else {
		_, err = c.send(ctx, r)
	}
	return err
}

// ask sends a request once, past the gate.
func (c *Client) ask(ctx context.Context, r request) (answer, error) {
	req, err := c.build(ctx, r)
	if err == nil {
		req.Body, err = req.GetBody() // go-retryablehttp sets it for each of its attempts
	}
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", r.op, err)
	}
	if r.via == c.probes {
		req.Close = c.last()
	}
	response, err := r.via.Do(req.Request)
	if err != nil {
		r.via.CloseIdleConnections()
		return answer{}, c.broken(r.op, err, false)
	}
	defer func() { _ = response.Body.Close() }() // what matters of it was read
	return c.answered(r, response, false)
}

// once is the transport of probes. Its buffers are small, and its connections have no timers of their own, since
// there may be thousands.
func (c *Client) once(config *tls.Config) *http.Transport {
	t := c.transport(config)
	t.DisableKeepAlives = c.options.Probes <= 1
	t.MaxIdleConnsPerHost, t.IdleConnTimeout = 1, 0
	t.ReadBufferSize, t.WriteBufferSize = 1<<10, 1<<10
	return t
}

// last tells whether a probe is the last one on its connection.
func (c *Client) last() bool { return c.probed.Add(1)%int64(max(c.options.Probes, 1)) == 0 }

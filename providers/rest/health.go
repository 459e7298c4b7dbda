package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/gitops-reconciler/reconciler/schema"
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
// be believed; any other cause is the peer's own word, so it lives. Nothing is repeated, but for a login
// where a token is over; no place among the requests in flight is waited for; and the connection is a new
// one, since one that was kept would not show that the peer takes any. Options.Timeout bounds it.
func (c *Client) Health(ctx context.Context, deep bool) error {
	p := c.definition.api.Health.Live
	if deep {
		p = c.definition.api.Health.Deep
	}
	if p == nil {
		return failure(checkHealth, schema.Rejected, errors.New("the definition does not say how: it needs api.health.live, and api.health.deep for the dearer check"))
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
		return answer{}, failure(r.op, schema.Rejected, err)
	}
	response, err := r.via.Do(req.Request)
	if err != nil {
		return answer{}, c.broken(r.op, err, false)
	}
	defer func() { _ = response.Body.Close() }() // what matters of it was read
	return c.answered(r, response, false)
}

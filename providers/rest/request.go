package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/gitops-reconciler/reconciler/schema"
)

// request is one call of the peer.
type request struct {
	op      string // for errors, as in "list users"
	method  string
	path    string // escaped, below the API's path
	query   url.Values
	body    any  // nil: none
	once    bool // must not be sent twice
	creates bool // must not replace what is there
	writes  bool // its answer says nothing that we need: whether it is JSON is all that is looked at

	take func(*metered) (any, error) // takes the answer while it comes in; nil: it is decoded as a whole

	match string       // the entity tag that the item must still have; "": any
	probe *probe       // its answer is looked at, and not decoded; nil: it is no probe
	via   *http.Client // sends it once and at once; nil: it waits for its turn, and may be repeated
	terms terms

	signature signature
}

// answer is what the peer said.
type answer struct {
	status int    // also of a refusal; 0: none came
	gone   bool   // what was asked about is not there
	tag    string // of what was asked for; "" if it has none, or the definition does not use them
	body   any    // decoded; nil where it is empty
	size   int64  // of the body, in bytes
}

// do sends a request, signed in, and returns an answer that is good on the request's terms. Everything else
// is a *schema.Failure, beside an answer that has the status.
func (c *Client) do(ctx context.Context, r request) (a answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	return c.signed(ctx, r)
}

// signed sends a request with the signature there is; if that is over, once more with another.
func (c *Client) signed(ctx context.Context, r request) (a answer, err error) {
	if r.signature, err = c.session.sign(ctx, signature{}); err != nil {
		return answer{}, err
	}
	a, err = c.send(ctx, r)
	if c.session.over(a.status) {
		// A token ends when its time is over or its server is restarted; the request was not looked at.
		if r.signature, err = c.session.sign(ctx, r.signature); err != nil {
			return answer{}, err
		}
		a, err = c.send(ctx, r)
	}
	return a, err
}

func (c *Client) send(ctx context.Context, r request) (answer, error) {
	if r.via != nil {
		return c.ask(ctx, r)
	}
	pass, err := c.gate.enter(ctx, c.definition.api.Serialise && r.method != http.MethodGet)
	if err != nil {
		return answer{}, failure(r.op, schema.Unreachable, err)
	}
	defer c.gate.leave(pass)
	a := &attempt{once: r.once, pass: pass}
	req, err := c.build(context.WithValue(ctx, attemptKey{}, a), r)
	if err != nil {
		return answer{}, failure(r.op, schema.Rejected, err)
	}
	response, err := c.http.Do(req)
	if err != nil {
		return answer{}, c.broken(r.op, err, a.lost)
	}
	defer func() { _ = response.Body.Close() }() // what matters of it was read
	return c.answered(r, response, a.lost)
}

func (c *Client) build(ctx context.Context, r request) (*retryablehttp.Request, error) {
	body, err := r.encoded()
	if err != nil {
		return nil, err
	}
	if most := c.definition.api.Largest; most > 0 && len(body) > most {
		return nil, fmt.Errorf("it has %d bytes, and a %s takes %d at most: make the item smaller", len(body), c.definition.provider.Name, most)
	}
	target := c.base.Scheme + "://" + c.base.Host + c.base.EscapedPath() + r.path
	if r.probe != nil && r.probe.Root {
		target = c.base.Scheme + "://" + c.base.Host + r.path
	}
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return nil, err
	}
	r.header(req.Header, c.definition.api.Headers)
	return req, nil
}

func (r request) header(h http.Header, always map[string]string) {
	h.Set("Accept", "application/json")
	switch {
	case r.terms.Form:
		h.Set("Content-Type", "application/x-www-form-urlencoded")
	case r.body != nil:
		h.Set("Content-Type", "application/json")
	}
	for _, headers := range []map[string]string{always, r.terms.Headers} {
		for name, value := range headers {
			h.Set(name, value)
		}
	}
	if r.match != "" {
		h.Set("If-Match", r.match)
	}
	if credential := r.signature.credential.Reveal(); credential != "" {
		h.Set(r.signature.header, r.signature.prefix+credential)
	}
	if r.creates && r.method == http.MethodPut {
		// Somebody may have made it since the plan; a server that does not know the header ignores it.
		h.Set("If-None-Match", "*")
	}
}

func (c *Client) read(r request, response *http.Response, lost bool) (answer, error) {
	a := answer{status: response.StatusCode, gone: r.terms.gone(response.StatusCode)}
	data, err := io.ReadAll(io.LimitReader(response.Body, c.options.MaxBytes+1))
	a.size = int64(len(data))
	if c.definition.api.ETag {
		a.tag = tagOf(response)
	}
	switch {
	case err != nil:
		return answer{}, failure(r.op, schema.Unreachable, fmt.Errorf("its answer broke off: %w", plain(err)))
	case a.size > c.options.MaxBytes:
		return answer{}, failure(r.op, schema.Garbled, fmt.Errorf("its answer is longer than %d bytes", c.options.MaxBytes))
	case !r.terms.good(a.status):
		return a, c.refused(r, response, data, lost)
	case r.terms.fails(data):
		return a, failure(r.op, schema.Rejected, fmt.Errorf("%s: %s", response.Status, c.words(r, data)))
	case r.probe != nil && bytes.Contains(data, []byte(r.probe.Contains)):
	case r.probe != nil:
		return a, failure(r.op, schema.Garbled, fmt.Errorf("its answer does not say %q: %s", r.probe.Contains, excerpt(c.conceal(r, data))))
	case r.terms.says(r.method, a.status, data):
		a.body, err = r.decoded(data)
	case r.method == http.MethodGet:
		return answer{}, failure(r.op, schema.Garbled, fmt.Errorf("its answer (%s) is empty", response.Status))
	}
	if err != nil {
		return answer{}, failure(r.op, schema.Garbled, fmt.Errorf("its answer is not JSON (%w): %s; is this the admin API of a %s?", err, excerpt(c.conceal(r, data)), c.definition.provider.Name))
	}
	return a, nil
}

func (r request) decoded(data []byte) (any, error) {
	if r.writes && json.Valid(data) {
		return nil, nil
	}
	return schema.DecodeValue(data)
}

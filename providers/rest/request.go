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

	take func(*metered) (any, error) // takes the answer while it comes in; nil: it is decoded as a whole

	authorization string // the header
}

// answer is what the peer said.
type answer struct {
	status int   // also of a refusal; 0: none came
	body   any   // decoded; nil where it is empty
	size   int64 // of the body, in bytes
}

// do sends a request, signed in, and returns an answer of a status below 300. Everything else is a
// *schema.Failure, beside an answer that has the status.
func (c *Client) do(ctx context.Context, r request) (a answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	if r.authorization, err = c.session.sign(ctx, ""); err != nil {
		return answer{}, err
	}
	a, err = c.send(ctx, r)
	if a.status == http.StatusUnauthorized && c.session.renewable() {
		// A token ends when its time is over or its server is restarted; the request was not looked at.
		if r.authorization, err = c.session.sign(ctx, r.authorization); err != nil {
			return answer{}, err
		}
		a, err = c.send(ctx, r)
	}
	return a, err
}

func (c *Client) send(ctx context.Context, r request) (answer, error) {
	release, err := c.acquire(ctx)
	if err != nil {
		return answer{}, failure(r.op, schema.Unreachable, err)
	}
	defer release()
	req, err := c.build(ctx, r)
	if err != nil {
		return answer{}, failure(r.op, schema.Rejected, err)
	}
	response, err := c.http.Do(req)
	if err != nil {
		return answer{}, failure(r.op, schema.Unreachable, plain(err))
	}
	defer func() { _ = response.Body.Close() }() // what matters of it was read
	return c.read(r, response)
}

func (c *Client) build(ctx context.Context, r request) (*retryablehttp.Request, error) {
	var body []byte
	if r.body != nil {
		var err error
		if body, err = encode(reveal(r.body)); err != nil {
			return nil, err
		}
	}
	ctx = context.WithValue(ctx, idempotentKey{}, !r.once)
	target := c.base.Scheme + "://" + c.base.Host + c.base.EscapedPath() + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return nil, err
	}
	r.header(req.Header)
	return req, nil
}

func (r request) header(h http.Header) {
	h.Set("Accept", "application/json")
	if r.body != nil {
		h.Set("Content-Type", "application/json")
	}
	if r.authorization != "" {
		h.Set("Authorization", r.authorization)
	}
	if r.creates && r.method == http.MethodPut {
		// Somebody may have made it since the plan; a server that does not know the header ignores it.
		h.Set("If-None-Match", "*")
	}
}

// encode is json.Marshal that leaves <, > and & alone.
func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

func (c *Client) read(r request, response *http.Response) (answer, error) {
	if r.take != nil && response.StatusCode < 300 {
		return c.stream(r, response)
	}
	a := answer{status: response.StatusCode}
	data, err := io.ReadAll(io.LimitReader(response.Body, c.options.MaxBytes+1))
	a.size = int64(len(data))
	switch {
	case err != nil:
		return answer{}, failure(r.op, schema.Unreachable, fmt.Errorf("its answer broke off: %w", plain(err)))
	case a.size > c.options.MaxBytes:
		return answer{}, failure(r.op, schema.Garbled, fmt.Errorf("its answer is longer than %d bytes", c.options.MaxBytes))
	case a.status >= 300:
		return a, c.refused(r, response, data)
	case len(bytes.TrimSpace(data)) > 0:
		a.body, err = schema.DecodeValue(data)
	case r.method == http.MethodGet:
		return answer{}, failure(r.op, schema.Garbled, fmt.Errorf("its answer (%s) is empty", response.Status))
	}
	if err != nil {
		return answer{}, failure(r.op, schema.Garbled, fmt.Errorf("its answer is not JSON (%w): %s", err, excerpt(c.conceal(r, data))))
	}
	return a, nil
}

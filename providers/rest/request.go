package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/gitops-reconciler/reconciler/schema"
)

// request is one call of the peer.
type request struct {
	op     string // for errors, as in "list users"
	method string
	path   string // escaped, below the API's path
	query  url.Values
	body   any  // nil: none
	once   bool // must not be sent twice
}

// answer is what the peer said.
type answer struct {
	status int // also of a refusal
	body   any // decoded; nil where it is empty
}

// do sends a request, signed in, and returns an answer of a status below 300, or 404. Everything else is
// a *schema.Failure.
func (c *Client) do(ctx context.Context, r request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	authorization, err := c.session.sign(ctx)
	if err != nil {
		return answer{}, err
	}
	a, err := c.send(ctx, r, authorization)
	if a.status == http.StatusUnauthorized && c.session.renewable() {
		// A token ends when its time is over or its server is restarted; the request was not looked at.
		if authorization, err = c.session.renew(ctx, authorization); err == nil {
			a, err = c.send(ctx, r, authorization)
		}
	}
	return a, err
}

func (c *Client) send(ctx context.Context, r request, authorization string) (answer, error) {
	release, err := c.acquire(ctx)
	if err != nil {
		return answer{}, failure(r.op, schema.Unreachable, err)
	}
	defer release()
	req, err := c.build(ctx, r)
	if err != nil {
		return answer{}, failure(r.op, schema.Rejected, err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
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
		var buffer bytes.Buffer
		encoder := json.NewEncoder(&buffer)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(reveal(r.body)); err != nil {
			return nil, err
		}
		body = buffer.Bytes()
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
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

func (c *Client) read(r request, response *http.Response) (answer, error) {
	data, err := io.ReadAll(io.LimitReader(response.Body, c.options.MaxBytes+1))
	switch {
	case err != nil:
		return answer{}, failure(r.op, schema.Unreachable, fmt.Errorf("its answer broke off: %w", plain(err)))
	case int64(len(data)) > c.options.MaxBytes:
		return answer{}, failure(r.op, schema.Garbled, fmt.Errorf("its answer is longer than %d MiB", c.options.MaxBytes>>20))
	}
	if response.StatusCode >= 300 && response.StatusCode != http.StatusNotFound {
		return answer{status: response.StatusCode}, c.refused(r, response, data)
	}
	a := answer{status: response.StatusCode}
	if len(bytes.TrimSpace(data)) == 0 || a.status == http.StatusNotFound {
		return a, nil
	}
	if a.body, err = schema.DecodeValue(data); err != nil {
		return answer{}, failure(r.op, schema.Garbled, fmt.Errorf("its answer is not JSON (%w): %s", err, excerpt(data)))
	}
	return a, nil
}

// refused is an answer that says no, in the server's own words where the definition knows where they are.
func (c *Client) refused(r request, response *http.Response, data []byte) error {
	cause := schema.Rejected
	switch status := response.StatusCode; {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		cause = schema.Unauthorised
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		cause = schema.Busy
	case status >= 500:
		cause = schema.Garbled // it may have done it all the same
	case status < 400:
		return failure(r.op, schema.Garbled, fmt.Errorf("%s to %q; redirects are not followed: is this the admin API?", response.Status, response.Header.Get("Location")))
	}
	words := excerpt(data)
	if value, err := schema.DecodeValue(data); err == nil && c.definition.api.Error != "" {
		if text, ok := schema.Lookup(value, c.definition.api.Error); ok {
			words = excerpt([]byte(fmt.Sprint(text)))
		}
	}
	return failure(r.op, cause, fmt.Errorf("%s: %s", response.Status, conceal(words, r.body)))
}

func failure(op string, cause schema.Cause, err error) error {
	return &schema.Failure{Op: op, Cause: cause, Err: err}
}

// plain takes the method and the URL off an error of net/http: the operation says it better.
func plain(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// excerpt is the beginning of what a server said, on one line.
func excerpt(data []byte) string {
	const most = 200
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(data), "?")), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	if text == "" {
		return "(it gives no reason)"
	}
	return text
}

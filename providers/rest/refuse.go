package rest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// refused is an answer that says no, in the server's own words where the definition knows where they are.
func (c *Client) refused(r request, response *http.Response, data []byte) error {
	text := response.Status + ": " + c.words(r, data)
	if response.StatusCode < 400 {
		text = fmt.Sprintf("%s to %q; redirects are not followed: is this the admin API?", response.Status, response.Header.Get("Location"))
	}
	return failure(r.op, c.cause(response.StatusCode, data), errors.New(text))
}

func (c *Client) cause(status int, data []byte) schema.Cause {
	switch {
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || means(status, data, c.definition.api.Busy):
		return schema.Busy
	case means(status, data, c.definition.api.Dangling):
		return schema.Dangling
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return schema.Unauthorised
	case status == http.StatusPreconditionFailed:
		return schema.Stale
	case status < 400 || status >= 500: // it may have done it all the same
		return schema.Garbled
	default:
		return schema.Rejected
	}
}

func (c *Client) words(r request, data []byte) string {
	if value, err := schema.DecodeValue(data); err == nil && c.definition.api.Error != "" {
		if text, ok := schema.Lookup(value, c.definition.api.Error); ok {
			data = fmt.Append(nil, text)
		}
	}
	return excerpt(c.conceal(r, data))
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
func excerpt(text string) string {
	const most = 200
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	if text == "" {
		return "(it gives no reason)"
	}
	return text
}

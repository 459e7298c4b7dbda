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
func (c *Client) refused(r request, response *http.Response, data []byte, lost bool) error {
	text := response.Status + ": " + c.words(r, data)
	switch status := response.StatusCode; {
	case status < 300:
		text = fmt.Sprintf("%s, which the definition does not call good: %s", response.Status, c.words(r, data))
	case status < 400:
		text = fmt.Sprintf("%s to %q; redirects are not followed: is this the admin API?", response.Status, response.Header.Get("Location"))
	}
	cause := c.cause(response.StatusCode, data)
	if lost && r.method != http.MethodGet && cause != schema.Rejected {
		// What the last attempt was told is not what became of the first: who reads it back knows. What
		// changed the item since it was looked at may be our own write.
		return failure(r.op, schema.Garbled, errors.New(text+" (it was sent before, and may have been done then)"))
	}
	return failure(r.op, cause, errors.New(text+remedy(cause)))
}

// remedy says what to do where the server's words do not: they are about the request, and this is about
// who sent it, and when.
func remedy(cause schema.Cause) string {
	switch cause {
	case schema.Unauthorised:
		return "; look at the peer's credentials, and at what they may do there"
	case schema.Busy:
		return "; run again when it has less to do"
	default:
		return ""
	}
}

func (c *Client) cause(status int, data []byte) schema.Cause {
	switch {
	case meansBusy(status, data, c.definition.api.Busy):
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
		err = u.Err
	}
	return silence(err)
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

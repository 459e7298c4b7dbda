package rest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	retries    = 3
	longestAsk = 10 * time.Second // as long as a server may make us wait, whatever it asks
	peek       = 64 << 10         // of an answer, to see whether it means busy
)

// attempt is what the policy must know of a request: go-retryablehttp shows it the answer and the
// context, but not the request.
type attempt struct {
	once bool  // must not be sent twice, unless the peer says that it did nothing with it
	pass *pass // through the gate
	lost bool  // an earlier one got no answer, and may have been carried out
}

// attemptKey marks the context of a request with its attempt.
type attemptKey struct{}

// retrying is go-retryablehttp with what it lacks: it repeats no request that must not be repeated
// unless the server says that it did nothing with it, adds jitter, bounds Retry-After, and gives back
// the last answer instead of hiding it in an error.
func (c *Client) retrying(t *http.Transport) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: t, CheckRedirect: stay},
		Logger:       slog.New(slog.DiscardHandler),
		RetryWaitMin: c.options.Wait,
		RetryWaitMax: longestAsk,
		RetryMax:     retries,
		CheckRetry:   c.again,
		PrepareRetry: c.requeue,
		Backoff:      wait,
		ErrorHandler: last,
	}
}

// stay follows no redirect, which would carry credentials elsewhere; it is shown as the answer it is.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// last gives the last answer back, or the error: then nobody reads the answer.
func last(r *http.Response, err error, _ int) (*http.Response, error) {
	if err != nil && r != nil {
		_ = r.Body.Close()
		return nil, err
	}
	return r, err
}

// again decides whether a request is repeated, and tells the gate how its peer fares.
func (c *Client) again(ctx context.Context, r *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	a := ctx.Value(attemptKey{}).(*attempt)
	if err != nil {
		a.lost = a.lost || !hopeless(err) // what is hopeless was not sent
		return !a.once && !hopeless(err), nil
	}
	busy := c.busy(r)
	if busy {
		c.gate.busy(a.pass)
	} else {
		c.gate.well()
	}
	// Where there is no time for the wait that it asks for, its own words say more than a deadline.
	if deadline, ok := ctx.Deadline(); ok && min(asked(r), longestAsk) > time.Until(deadline) {
		return false, nil
	}
	lost := r.StatusCode == http.StatusBadGateway || r.StatusCode == http.StatusGatewayTimeout
	a.lost = a.lost || lost
	return busy || lost && !a.once, nil
}

func (c *Client) requeue(r *http.Request) error {
	return c.gate.again(r.Context(), r.Context().Value(attemptKey{}).(*attempt).pass)
}

// hopeless tells what will not be otherwise in a second: nobody at the address, or somebody else. Only
// what breaks off in the middle is worth another try.
func hopeless(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, strange := errors.AsType[*stranger](err)
	return untrusted || strange || errors.Is(err, http.ErrSchemeMismatch) || ok && op.Op != "read" && op.Op != "write"
}

// busy looks into the answer where it must, and puts back what it read.
func (c *Client) busy(r *http.Response) bool {
	patterns := c.definition.api.Busy
	if !slices.ContainsFunc(patterns, func(b busy) bool { return b.Status == r.StatusCode }) {
		return meansBusy(r.StatusCode, nil, nil)
	}
	head, err := io.ReadAll(io.LimitReader(r.Body, peek))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), r.Body), r.Body}
	return err == nil && meansBusy(r.StatusCode, head, patterns)
}

func meansBusy(status int, data []byte, patterns []busy) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable ||
		means(status, data, patterns)
}

func means(status int, data []byte, patterns []busy) bool {
	return slices.ContainsFunc(patterns, func(b busy) bool {
		return b.Status == status && bytes.Contains(data, []byte(b.Contains))
	})
}

// wait is as long as the server asks for, within bounds, and then exponential with jitter: those that
// were sent away together do not come back together.
func wait(shortest, longest time.Duration, attempt int, r *http.Response) time.Duration {
	full := min(shortest<<min(attempt, 10), longest)
	return min(asked(r), longest) + full/2 + rand.N(full/2+1)
}

// asked is what Retry-After says; 0 where there is nothing to be understood. A date is taken against the
// server's own clock.
func asked(r *http.Response) time.Duration {
	if r == nil {
		return 0
	}
	text := r.Header.Get("Retry-After")
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(seconds) * time.Second // 2^31 - 1 where it is more
	}
	then, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return 0
	}
	return max(then.Sub(now), 0)
}

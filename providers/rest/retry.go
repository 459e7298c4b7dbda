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

// idempotentKey marks a context whose request may be sent twice: go-retryablehttp shows its policy the
// answer, but not the request.
type idempotentKey struct{}

// retrying is go-retryablehttp with what it lacks: it repeats no request that must not be repeated
// unless the server says that it did nothing with it, adds jitter, bounds Retry-After, and gives back
// the last answer instead of hiding it in an error.
func retrying(t *http.Transport, firstWait time.Duration, patterns []busy) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport: t,
			// A redirect would carry credentials elsewhere; it is shown as the answer it is.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		Logger:       slog.New(slog.DiscardHandler),
		RetryWaitMin: firstWait,
		RetryWaitMax: longestAsk,
		RetryMax:     retries,
		CheckRetry: func(ctx context.Context, r *http.Response, err error) (bool, error) {
			return again(ctx, r, err, patterns)
		},
		Backoff:      wait,
		ErrorHandler: last,
	}
}

// last gives the last answer back, or the error: then nobody reads the answer.
func last(r *http.Response, err error, _ int) (*http.Response, error) {
	if err != nil && r != nil {
		_ = r.Body.Close()
		return nil, err
	}
	return r, err
}

func again(ctx context.Context, r *http.Response, err error, patterns []busy) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	idempotent, _ := ctx.Value(idempotentKey{}).(bool)
	if err != nil {
		return idempotent && !hopeless(err), nil
	}
	// Where there is no time for the wait that it asks for, its own words say more than a deadline.
	if deadline, ok := ctx.Deadline(); ok && min(asked(r), longestAsk) > time.Until(deadline) {
		return false, nil
	}
	switch r.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return true, nil
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return idempotent, nil
	default:
		return seemsBusy(r, patterns), nil
	}
}

// hopeless tells what will not be otherwise in a second: nobody at the address, or somebody else. Only
// what breaks off in the middle is worth another try.
func hopeless(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted || errors.Is(err, http.ErrSchemeMismatch) || ok && op.Op != "read" && op.Op != "write"
}

// seemsBusy looks into the answer, and puts back what it read.
func seemsBusy(r *http.Response, patterns []busy) bool {
	if !slices.ContainsFunc(patterns, func(b busy) bool { return b.Status == r.StatusCode }) {
		return false
	}
	head, err := io.ReadAll(io.LimitReader(r.Body, peek))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), r.Body), r.Body}
	return err == nil && means(r.StatusCode, head, patterns)
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

func dialer(timeout time.Duration) func(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{Timeout: timeout, KeepAlive: 15 * time.Second}).DialContext
}

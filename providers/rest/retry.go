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
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	retries    = 3
	firstWait  = 200 * time.Millisecond
	longestAsk = 10 * time.Second // as long as a server may make us wait, whatever it asks
	peek       = 64 << 10         // of an answer, to see whether it means busy
)

// idempotentKey marks a context whose request may be sent twice: go-retryablehttp shows its policy the
// answer, but not the request.
type idempotentKey struct{}

// retrying is go-retryablehttp with what it lacks: it repeats no request that must not be repeated
// unless the server says that it did nothing with it, adds jitter, bounds Retry-After, and gives back
// the last answer instead of hiding it in an error.
func retrying(t *http.Transport, busy []busy) *retryablehttp.Client {
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
		CheckRetry:   func(ctx context.Context, r *http.Response, err error) (bool, error) { return again(ctx, r, err, busy) },
		Backoff:      wait,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
}

func again(ctx context.Context, r *http.Response, err error, busy []busy) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	idempotent, _ := ctx.Value(idempotentKey{}).(bool)
	if err != nil {
		return idempotent && !hopeless(err), nil
	}
	switch r.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return true, nil
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return idempotent, nil
	default:
		return meansBusy(r, busy), nil
	}
}

// hopeless tells what will not be otherwise in a second: nobody at the address, or somebody else.
func hopeless(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return untrusted || ok && op.Op == "dial"
}

// meansBusy looks into the answer, and puts back what it read.
func meansBusy(r *http.Response, busy []busy) bool {
	for _, b := range busy {
		if r.StatusCode != b.Status {
			continue
		}
		head, err := io.ReadAll(io.LimitReader(r.Body, peek))
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(head), r.Body), r.Body}
		if err == nil && bytes.Contains(head, []byte(b.Contains)) {
			return true
		}
	}
	return false
}

// wait is exponential with jitter, or what the server asks for within bounds.
func wait(shortest, longest time.Duration, attempt int, r *http.Response) time.Duration {
	if r != nil {
		if seconds, err := strconv.ParseUint(r.Header.Get("Retry-After"), 10, 31); err == nil {
			return min(time.Duration(seconds)*time.Second, longest)
		}
	}
	full := min(shortest<<min(attempt, 10), longest)
	return full/2 + rand.N(full/2+1)
}

func dialer(timeout time.Duration) func(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{Timeout: timeout, KeepAlive: 15 * time.Second}).DialContext
}

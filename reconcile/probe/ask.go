package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// ask makes one probe.
func ask(ctx context.Context, client Client, deep bool, timeout time.Duration, clock func() time.Time) error {
	began := clock()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := client.Health(ctx, deep)
	return fair(err, ctx.Err(), clock().Sub(began), timeout)
}

// fair is the error of a probe; without a cause, as nothing was learnt, where what went wrong is ours.
func fair(err, ended error, spent, timeout time.Duration) error {
	cause := schema.CauseOf(err)
	switch {
	case err == nil || cause != "" && cause != schema.Unreachable:
		return err
	case errors.Is(ended, context.Canceled) || ours(err):
		return fmt.Errorf("not asked: %v", err) //nolint:errorlint // its cause is not the peer's
	case spent > timeout+timeout/10:
		// A time-out that comes late itself shows that nothing got its turn here.
		return fmt.Errorf("not asked: this machine is too busy: %s were over only after %s: %v", timeout, spent, err) //nolint:errorlint // as above
	case cause == "" && errors.Is(ended, context.DeadlineExceeded):
		return &schema.Failure{Op: "check health", Cause: schema.Unreachable, Err: err}
	default:
		return err
	}
}

// ours tells whether an error says that we could not even ask.
func ours(err error) bool {
	return slices.ContainsFunc([]error{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, // no more of them here
		syscall.EADDRNOTAVAIL, syscall.ENETDOWN, syscall.ENETUNREACH, // no port, or no network
	}, func(known error) bool { return errors.Is(err, known) })
}

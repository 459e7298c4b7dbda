package rest

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// silence says in words why no answer came; other errors say it themselves. What broke off in the middle
// is told without the addresses of its two ends: ours is another one every time.
func silence(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer in time (%w)", err)
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "read" || op.Op == "write") {
		return fmt.Errorf("it broke the connection off (%w)", op.Err)
	}
	return err
}

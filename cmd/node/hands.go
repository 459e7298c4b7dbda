package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/node/half"
	"github.com/gitops-reconciler/reconciler/providers/node"
)

// hands are what a place stands for here: the schedules under its role, and what commands start.
type hands struct {
	node     *node.Node
	clock    func() time.Time
	commands commands
	environ  []string // of commands
	output   io.Writer
}

// Start also has the schedules looked at, so that those under the role begin at this moment.
func (h *hands) Start(ctx context.Context, t half.Turn) error {
	if err := h.run(ctx, "--on-start", h.commands.start, t); err != nil {
		return err
	}
	return h.node.Fire(h.clock())
}

// Stop ends with the fire that is under way, and with the command.
func (h *hands) Stop(ctx context.Context, t half.Turn) error {
	h.node.Idle()
	return h.run(ctx, "--on-stop", h.commands.stop, t)
}

// Force is a command of its own if there is one.
func (h *hands) Force(ctx context.Context, t half.Turn) error {
	h.node.Idle()
	if h.commands.force == "" {
		return h.run(ctx, "--on-stop", h.commands.stop, t)
	}
	return h.run(ctx, "--on-force", h.commands.force, t)
}

// waitDelay is how long what a command started may keep its output open once the command has ended.
const waitDelay = 100 * time.Millisecond

// run runs a command to its end, or kills it and all that it started when the context ends. The line is not in
// the error: it may hold secrets.
func (h *hands) run(ctx context.Context, flag, line string, t half.Turn) error {
	if line == "" {
		return nil
	}
	command := exec.CommandContext(ctx, "/bin/sh", "-c", line)
	command.Env = append(slices.Clone(h.environ), "ROLE="+t.Place.Role, "NUMBER="+strconv.Itoa(t.Place.Number),
		"EPOCH="+strconv.FormatUint(t.Epoch, 10), "WITHIN="+strconv.FormatFloat(max(t.Within, 0).Seconds(), 'f', 3, 64))
	command.Stdout, command.Stderr, command.WaitDelay = h.output, h.output, waitDelay
	killTogether(command)
	switch err := command.Run(); {
	case err == nil, errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s did not end in time, and was killed", flag)
	default:
		return fmt.Errorf("%s: %w", flag, err)
	}
}

// childEnviron leaves out what is for this process alone: its tokens, and its line to systemd.
func childEnviron(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(line string) bool {
		name, _, _ := strings.Cut(line, "=")
		return slices.Contains([]string{"NODE_TOKEN", "NODE_HEARTBEAT_TOKEN", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}, name)
	})
}

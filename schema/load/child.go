package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Limits bound one evaluation.
type Limits struct {
	Memory   uint64        // bytes of data; 0: 2 GiB
	CPU      time.Duration // of processor time, in whole seconds; 0: 60 s
	Deadline time.Duration // until the answer is there; 0: 60 s
}

func (l Limits) orDefaults() Limits {
	if l.Memory == 0 {
		l.Memory = 2 << 30
	}
	if l.CPU == 0 {
		l.CPU = time.Minute
	}
	if l.Deadline == 0 {
		l.Deadline = time.Minute
	}
	return l
}

// Child evaluates in a process of its own, since an evaluation can neither be interrupted nor kept from
// taking all memory. The process runs Serve, with an empty environment.
type Child struct {
	Path   string   // the program
	Args   []string // its arguments, the first being its name
	Limits Limits
}

// Load is Load in the child. What the configuration does wrong, taking too much time or memory
// included, is in the result; the error is for a child that could not be run, and for ctx.
func (c Child) Load(ctx context.Context, in Input) (Result, error) {
	request, err := json.Marshal(served{in, c.Limits.orDefaults()})
	if err != nil {
		return Result{}, fmt.Errorf("evaluate: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, c.Limits.orDefaults().Deadline)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(limited, c.Path)
	cmd.Args, cmd.Env = c.Args, []string{}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(request), &stdout, &head{&stderr}
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return Result{}, fmt.Errorf("evaluate: %w", ctx.Err())
	case err != nil:
		return c.stopped(limited, err, stderr.String())
	}
	var result Result
	if err := json.Unmarshal(stdout.Bytes(), &result); err != nil {
		return Result{}, fmt.Errorf("evaluate: read the child's answer: %w", err)
	}
	return result, nil
}

// stopped tells an evaluation that went over a limit from a child that does not work.
func (c Child) stopped(ctx context.Context, err error, stderr string) (Result, error) {
	limits := c.Limits.orDefaults()
	over := func(what string) (Result, error) {
		return Result{Problems: []schema.Problem{{
			Rule: "evaluation-limit", Path: []string{"cluster"},
			Message: "evaluating this takes more than " + what + " and was stopped; look for lists or comprehensions that multiply each other",
		}}}, nil
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return over(limits.Deadline.String())
	case strings.Contains(stderr, "cpu limit exceeded"):
		return over(limits.CPU.String() + " of processor time")
	case strings.Contains(stderr, "out of memory"), strings.Contains(stderr, "cannot allocate memory"):
		return over(fmt.Sprintf("%d MiB of memory", limits.Memory>>20))
	case strings.Contains(stderr, "goroutine stack exceeds"):
		return over("the deepest nesting there can be")
	case errors.As(err, &exit):
		first, _, _ := strings.Cut(stderr, "\n")
		return Result{}, fmt.Errorf("evaluate: the child ended with %w: %s", err, first)
	default:
		return Result{}, fmt.Errorf("evaluate: start %s: %w", c.Path, err)
	}
}

type served struct {
	Input  Input  `json:"input"`
	Limits Limits `json:"limits"`
}

// Serve is the child's half: it limits this very process, reads an input from r, and writes its result
// to w.
func Serve(r io.Reader, w io.Writer) error {
	var request served
	if err := json.NewDecoder(r).Decode(&request); err != nil {
		return fmt.Errorf("read the input: %w", err)
	}
	if err := limit(request.Limits); err != nil {
		return fmt.Errorf("limit the evaluation: %w", err)
	}
	return json.NewEncoder(w).Encode(Load(request.Input))
}

// head keeps the first bytes of what a child says as it dies: the reason stands first.
type head struct{ buffer *bytes.Buffer }

func (t *head) Write(p []byte) (int, error) {
	if room := 4096 - t.buffer.Len(); room > 0 {
		t.buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

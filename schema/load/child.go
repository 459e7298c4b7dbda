package load

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Limits bound one evaluation.
type Limits struct {
	Memory   uint64        // bytes of data; 0: 2 GiB
	CPU      time.Duration // of processor time, rounded up to seconds; 0: 60 s
	Deadline time.Duration // until the answer is there; 0: 2 minutes, for a busy machine
	Answer   int           // bytes of the result; 0: 256 MiB
}

func (l Limits) orDefaults() Limits {
	if l.Memory == 0 {
		l.Memory = 2 << 30
	}
	if l.CPU == 0 {
		l.CPU = time.Minute
	}
	if l.Deadline == 0 {
		l.Deadline = 2 * time.Minute
	}
	if l.Answer == 0 {
		l.Answer = maxBytes
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
	limits := c.Limits.orDefaults()
	var request bytes.Buffer
	if err := gob.NewEncoder(&request).Encode(served{in, limits}); err != nil {
		return Result{}, fmt.Errorf("evaluate: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, limits.Deadline)
	defer cancel()
	answer, says := head{most: limits.Answer, whole: true}, head{most: 4096} // the reason for dying stands first
	cmd := exec.CommandContext(limited, c.Path)
	cmd.Args, cmd.Env = c.Args, childEnv()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &request, &answer, &says
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return Result{}, fmt.Errorf("evaluate: %w", ctx.Err())
	case answer.over:
		return over(in.Dir, fmt.Sprintf("%d bytes for its result", limits.Answer)), nil
	case err != nil:
		limit, err := c.stopped(limited, err, says.said.String())
		if err != nil {
			return Result{}, err
		}
		return over(in.Dir, limit), nil
	}
	var result Result
	if err := json.Unmarshal(answer.said.Bytes(), &result); err != nil {
		return Result{}, fmt.Errorf("evaluate: read the child's answer: %w", err)
	}
	return result, nil
}

// stopped names the limit that an evaluation went over. It is an error if the child does not work.
func (c Child) stopped(ctx context.Context, err error, says string) (string, error) {
	exit, ended := errors.AsType[*exec.ExitError](err)
	if !ended && ctx.Err() == nil {
		return "", fmt.Errorf("evaluate: start %s: %w", c.Path, err)
	}
	if limit := c.Limits.orDefaults().exceeded(ctx, exit, says); limit != "" {
		return limit, nil
	}
	first, _, _ := strings.Cut(says, "\n")
	return "", fmt.Errorf("evaluate: the child ended with %w: %s", err, first)
}

// exceeded names the limit that ended a child, or none.
func (l Limits) exceeded(ctx context.Context, exit *exec.ExitError, says string) string {
	switch {
	case ctx.Err() != nil:
		return overdue(l.Deadline, used(exit))
	case !exit.Exited() && used(exit) >= l.CPU/2: // the system counts by ticks
		return l.CPU.String() + " of processor time"
	case outOfMemory(says):
		return fmt.Sprintf("%d MiB of memory", l.Memory>>20)
	case strings.Contains(says, "goroutine stack exceeds"):
		return "the deepest nesting there can be"
	}
	return ""
}

// used is the processor time of a child, none of one that did not end by itself or by us.
func used(exit *exec.ExitError) time.Duration {
	if exit == nil {
		return 0
	}
	return exit.UserTime() + exit.SystemTime()
}

// overdue names a deadline, and what else may have been the reason: on a busy machine a harmless evaluation
// may be late.
func overdue(deadline, used time.Duration) string {
	if used >= deadline/4 {
		return deadline.String()
	}
	return fmt.Sprintf("%s, of which a busy machine let it run for only %s,", deadline, used.Round(100*time.Millisecond))
}

// outOfMemory knows the last words of a Go program without memory. Its collector may stumble over what it
// was not given before it notices; nothing else in a program without C faults like that.
func outOfMemory(says string) bool {
	return strings.Contains(says, "out of memory") || strings.Contains(says, "cannot allocate memory") ||
		strings.HasPrefix(says, "SIGSEGV: segmentation violation")
}

func over(dir, limit string) Result {
	return Result{Problems: []schema.Problem{{
		Rule: "evaluation-limit", Path: []string{"cluster"}, At: schema.Position{File: dir},
		Message: "evaluating this takes more than " + limit + " and was stopped; look for lists or comprehensions that multiply each other",
	}}}
}

// gcPercent trades memory for time in a process that lives for seconds: an evaluation makes much garbage,
// and keeps little.
const gcPercent = 150

// served is what a child is asked, in gob: it carries the files as they are.
type served struct {
	Input  Input
	Limits Limits
}

// Serve is the child's half: it limits this very process, reads an input from r, and writes its result
// to w.
func Serve(r io.Reader, w io.Writer) error {
	var request served
	if err := gob.NewDecoder(r).Decode(&request); err != nil {
		return fmt.Errorf("read the input: %w", err)
	}
	if err := limit(request.Limits); err != nil {
		return fmt.Errorf("limit the evaluation: %w", err)
	}
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(int64(request.Limits.orDefaults().Memory / 2)) // beyond it, memory is dearer than time
	result := Load(request.Input)
	debug.SetGCPercent(25) // from here on it keeps all it has
	return json.NewEncoder(w).Encode(result)
}

// head keeps the first bytes of what a child says. The rest is passed over, or, where only the whole is of
// use, refused.
type head struct {
	said        bytes.Buffer
	most        int
	whole, over bool
}

func (h *head) Write(p []byte) (int, error) {
	room := min(h.most-h.said.Len(), len(p))
	h.said.Write(p[:room])
	h.over = h.over || room < len(p)
	if h.over && h.whole {
		return room, io.ErrShortWrite
	}
	return len(p), nil
}

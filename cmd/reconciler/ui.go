package main

// All printing for people is in the ui*.go files. The rules:
//   - Results go to standard output; progress, problems and errors to standard error. With -o json
//     nothing but JSON goes to standard output.
//   - Colour only where a person looks: on a terminal, unless NO_COLOR is set; --color decides first.
//     Nothing is said by colour alone.
//   - Names and values come from files and servers: nothing in them reaches the terminal as control.
//   - Every failure says what happened, to whom, why, and what to do.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/diagnostics"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
)

// ui prints. It is used by one goroutine at a time; progress has its own lock.
type ui struct {
	out, err           io.Writer
	outColor, errColor bool
	terminal           terminal
	full               bool              // show all of a plan, however much that is
	said               map[string]string // of serve: what was said last of each peer
}

func newUI(p process, color string) *ui {
	noColor, _ := p.getenv("NO_COLOR")
	colored := func(isTerminal bool) bool {
		return color == "always" || color == "auto" && isTerminal && noColor == ""
	}
	return &ui{out: p.stdout, err: p.stderr, outColor: colored(p.terminal.out), errColor: colored(p.terminal.err), terminal: p.terminal}
}

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	faint  = "2"
	bold   = "1"
)

func paint(colored bool, color, text string) string {
	if !colored || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// line prints one line to standard output.
func (u *ui) line(format string, args ...any) error {
	_, err := fmt.Fprintf(u.out, format+"\n", args...)
	return err
}

// note prints one line to standard error.
func (u *ui) note(format string, args ...any) {
	_, _ = fmt.Fprintf(u.err, format+"\n", args...) // where standard error is gone, nobody is there to tell
}

func (u *ui) json(value any) error {
	data, err := diagnostics.JSON(value)
	if err != nil {
		return err
	}
	_, err = u.out.Write(data)
	return err
}

// exit prints an error, if there is one to print, and returns the exit code.
func (u *ui) exit(command *cobra.Command, err error) int {
	code := code(err)
	var e exit
	if code == 0 || errors.As(err, &e) && e.err == nil {
		return code
	}
	if errors.Is(err, context.Canceled) {
		u.note("Interrupted. Nothing was applied.")
		return code
	}
	u.note("%s %s", paint(u.errColor, red, "error:"), printable(err.Error()))
	if hint := hint(command, err); hint != "" {
		u.note("%s", hint)
	}
	return code
}

// hint says what to do about an error.
func hint(command *cobra.Command, err error) string {
	var locked *store.LockedError
	var e exit
	switch {
	case errors.As(err, &locked) && locked.Holder.Serves():
		return "It applies what is committed by itself, and holds the state until it is stopped; status, plan and history work beside it. The lock goes with its process; there is nothing to remove."
	case errors.As(err, &locked):
		return "Wait for it to end, or give --lock-timeout 5m to wait here. The lock goes with its process; there is nothing to remove."
	case noRoom(err):
		return "Make room for the state, or move it to another place (--state); then run this again. Nothing is lost."
	case command != nil && !errors.As(err, &e) && (strings.Contains(err.Error(), "unknown ") || strings.Contains(err.Error(), "invalid argument")):
		return fmt.Sprintf("Run '%s --help' for what can be given.", command.CommandPath())
	default:
		return ""
	}
}

// noRoom tells whether something could not be written for want of room. The database does not always wrap what
// it met, so the words count.
func noRoom(err error) bool {
	return slices.ContainsFunc([]syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}, func(e syscall.Errno) bool {
		return strings.Contains(err.Error(), e.Error())
	})
}

// ask asks for consent to n changes. Only a whole yes is one.
func (u *ui) ask(ctx context.Context, in io.Reader, n int) error {
	return u.confirm(ctx, in, "Apply "+count(n, "change")+"?", "nothing was applied")
}

// confirm asks a question, and fails with what then did not happen unless the answer is yes.
func (u *ui) confirm(ctx context.Context, in io.Reader, question, nothing string) error {
	_, _ = fmt.Fprintf(u.err, "\n%s Only 'yes' is accepted: ", question)
	answered := make(chan string, 1)
	// A read of a terminal cannot be interrupted; if Ctrl-C is the answer, it ends with the program.
	go func() {
		answer, _ := bufio.NewReader(in).ReadString('\n') // half an answer is none
		answered <- answer
	}()
	select {
	case <-ctx.Done():
		u.note("")
		return ctx.Err()
	case answer := <-answered:
		if strings.TrimSpace(answer) != "yes" {
			return failf(exitError, "%s: the answer was not 'yes'", nothing)
		}
		return nil
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// verb is a count with the words that agree with it.
func verb(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

package schema

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestFailure(t *testing.T) {
	failure := &Failure{Op: "list users", Cause: Unreachable, Err: io.ErrUnexpectedEOF}
	err := fmt.Errorf("observe 1002: %w", failure)
	if got, want := err.Error(), "observe 1002: list users: unreachable: unexpected EOF"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if CauseOf(err) != Unreachable || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost on the way")
	}
	if CauseOf(io.EOF) != "" || CauseOf(nil) != "" {
		t.Error("what is no Failure has no cause")
	}
}

func TestKeyString(t *testing.T) {
	if got := (Key{Kind: "user", ID: "a/b"}).String(); got != "user/a/b" {
		t.Errorf("got %s", got)
	}
}

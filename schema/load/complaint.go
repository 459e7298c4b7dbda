package load

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"github.com/gitops-reconciler/reconciler/schema"
)

// complaint is what CUE says of one value, taken apart: by its form, never by its text, since that holds
// what people wrote.
type complaint struct {
	form string   // CUE's own, with %s for what differs; "" if nothing is made of it
	args []string // what differs, as CUE writes it

	got     string          // of two values the one that people wrote, where it is known
	want    string          // and the one that it does not agree with
	other   schema.Position // of want, where people wrote that too
	ours    bool            // it was said by an error() of the vocabulary
	secret  bool            // what people wrote may be a secret: it is not repeated
	choices []finding       // of a value that fits none of several
}

// finding is a problem, and the complaint that it comes from.
type finding struct {
	schema.Problem
	said complaint
}

// The forms in which CUE complains.
const (
	formConflict = "conflicting values %s and %s"
	formMismatch = "conflicting values %s and %s (mismatched types %s and %s)"
	formBound    = "invalid value %v (out of bound %s)"
	formNone     = "%d errors in empty disjunction:"
	formTypeOnly = "incomplete value %v"
	formOperand  = "non-concrete value %v in operand to %s"
	formUnknown  = "reference %q not found"
	formNoField  = "undefined field: %s"
	formLengths  = "incompatible list lengths (%d and %d)"
	formCheck    = "invalid value %s (does not satisfy %s)"
	formOwnWords = "%s"
)

// complaint takes an error apart that is told at a place.
func (p pkg) complaint(e errors.Error, at schema.Position) complaint {
	form, args := e.Msg()
	c := complaint{form: form, ours: e.Position().IsValid() && !p.users(e.Position())}
	for _, arg := range args {
		c.args = append(c.args, fmt.Sprint(arg))
	}
	switch form {
	case formConflict, formMismatch:
		p.takeSides(&c, e.InputPositions(), at)
	case formBound:
		c.got, c.want = c.args[0], c.args[1]
	}
	return c
}

// takeSides finds out which of two values that do not agree is the one that people wrote. It is not known
// where the vocabulary has a value too, and theirs has no place since it was merged.
func (p pkg) takeSides(c *complaint, places []token.Pos, at schema.Position) {
	first, second := c.args[0], c.args[1]
	if isWritten(first) != isWritten(second) {
		c.got, c.want = first, second
		if isWritten(second) {
			c.got, c.want = second, first
		}
		return
	}
	if len(places) < 2 || !isWritten(first) {
		return
	}
	switch firstTheirs, secondTheirs := p.users(places[0]), p.users(places[1]); {
	case firstTheirs && secondTheirs && position(places[1]) == at:
		c.got, c.want, c.other = second, first, position(places[0])
	case firstTheirs && secondTheirs:
		c.got, c.want, c.other = first, second, position(places[1])
	case firstTheirs:
		c.got, c.want = first, second
	case secondTheirs:
		c.got, c.want = second, first
	}
}

// isWritten tells a value that is written out from a type or a bound.
func isWritten(text string) bool {
	switch {
	case text == "true" || text == "false" || text == "null":
		return true
	case text == "":
		return false
	case text[0] == '[' || text[0] == '{':
		return !strings.Contains(text, "...") && !strings.Contains(text, "!:") && !strings.Contains(text, "?:")
	}
	return isText(text) || isNumber(text)
}

func isText(text string) bool { return strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`) }

func isNumber(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	return digits != "" && digits[0] >= '0' && digits[0] <= '9'
}

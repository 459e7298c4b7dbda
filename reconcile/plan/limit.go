package plan

import (
	"fmt"
	"strconv"
	"strings"
)

// Limit is how many of the items that are there may be changed: a number, or a share in percent, rounded
// up, so that one of three may go where a third may. The zero value is no limit.
type Limit struct {
	Where string // where it is written: guards.deletes, --max-deletes

	set, share bool
	n          int
}

// ParseLimit reads a number, or a text such as "12" or "30%"; nil is no limit.
func ParseLimit(value any, where string) (Limit, error) {
	if value == nil {
		return Limit{}, nil
	}
	text, share := strings.CutSuffix(fmt.Sprint(value), "%")
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || share && n > 100 {
		return Limit{}, fmt.Errorf("%s %v: want a number, or a share from 0%% to 100%%", where, value)
	}
	return Limit{Where: where, set: true, share: share, n: n}, nil
}

// String is the limit as it is written.
func (l Limit) String() string {
	switch {
	case !l.set:
		return "none"
	case l.share:
		return strconv.Itoa(l.n) + "%"
	default:
		return strconv.Itoa(l.n)
	}
}

// Allows tells whether n of the items that are there may be changed.
func (l Limit) Allows(n, there int) bool { return n <= l.of(there) }

// of is how many of so many may be changed.
func (l Limit) of(there int) int {
	switch {
	case !l.set:
		return there
	case l.share:
		return (there*l.n + 99) / 100
	default:
		return l.n
	}
}

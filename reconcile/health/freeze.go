package health

import (
	"fmt"
	"strconv"
	"strings"
)

// Freeze is how many peers may look dead at once. If more do, it is probably our own network, and nobody is
// DEAD. The zero value is 55%.
type Freeze struct {
	n          int
	set, share bool
}

// usual is the share of peers that may look dead where nobody says how many.
const usual = 55

// ParseFreeze reads a number, or a text such as "12" or "55%"; nil is the usual share.
func ParseFreeze(value any) (Freeze, error) {
	if value == nil {
		return Freeze{}, nil
	}
	text, share := strings.CutSuffix(fmt.Sprint(value), "%")
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || share && n > 100 {
		return Freeze{}, fmt.Errorf("health.freeze %v: want a number, or a share from 0%% to 100%%", value)
	}
	return Freeze{n: n, set: true, share: share}, nil
}

// String is the limit as it is written.
func (f Freeze) String() string {
	switch {
	case !f.set:
		return strconv.Itoa(usual) + "%"
	case f.share:
		return strconv.Itoa(f.n) + "%"
	default:
		return strconv.Itoa(f.n)
	}
}

// exceeded tells whether n of so many are too many. Of a share one alone never is: the only peer of a
// cluster is all of it, and would never be DEAD.
func (f Freeze) exceeded(n, of int) bool {
	switch {
	case !f.set:
		return n > 1 && 100*n > usual*of
	case f.share:
		return n > 1 && 100*n > f.n*of
	default:
		return n > f.n
	}
}

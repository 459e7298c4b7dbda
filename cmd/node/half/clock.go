package half

import (
	"fmt"
	"time"
)

// Moment is one moment on the clocks of a machine.
type Moment struct {
	Boot  time.Duration // since the machine's boot, the time that it slept included
	Awake time.Duration // since any moment, without the time that it slept
	Wall  time.Time     // the time of day, that anybody may set
}

// farSleep and farSet are how far two clocks may part between two looks before the machine slept or its clock
// was set; or before it was a virtual machine that stood still, for which only the time of day makes up.
const (
	farSleep = time.Second
	farSet   = 2 * time.Second
)

// jumped says why what was granted before the earlier moment is not worth anything now, "" if it is.
func (m Moment) jumped(earlier Moment) string {
	passed := m.Boot - earlier.Boot
	if slept := passed - (m.Awake - earlier.Awake); slept.Abs() > farSleep {
		return fmt.Sprintf("the machine slept for %s", slept.Round(time.Millisecond))
	}
	if set := m.Wall.Sub(earlier.Wall) - passed; set.Abs() > farSet {
		return fmt.Sprintf("the time of day leapt by %s", set.Round(time.Millisecond))
	}
	return ""
}

package half

import (
	"time"

	"golang.org/x/sys/unix"
)

// Clock is the machine's: CLOCK_BOOTTIME, CLOCK_MONOTONIC and the time of day.
func Clock() func() Moment {
	return func() Moment {
		return Moment{Boot: clock(unix.CLOCK_BOOTTIME), Awake: clock(unix.CLOCK_MONOTONIC), Wall: time.Unix(0, int64(clock(unix.CLOCK_REALTIME)))}
	}
}

func clock(id int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(id, &t); err != nil {
		panic("clock_gettime: " + err.Error()) // no Linux is without these
	}
	return time.Duration(t.Nano())
}

//go:build !linux

package half

import "time"

// Clock is the machine's. Here is none that counts the time for which it slept: that it did shows by the time
// of day, which goes on meanwhile.
func Clock() func() Moment {
	start := time.Now()
	return func() Moment {
		now := time.Now()
		return Moment{Boot: now.Sub(start), Awake: now.Sub(start), Wall: now.Round(0)}
	}
}

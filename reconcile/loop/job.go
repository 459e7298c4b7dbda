package loop

import (
	"context"
	"time"
)

// job is something that is done again and again beside the loop, never twice at once.
type job[T any] struct {
	due  time.Time // when it is to be done next
	done chan T    // what came of it

	running bool
	again   bool // to be done once more, as soon as it ends
	cancel  context.CancelFunc
}

func newJob[T any](due time.Time) job[T] { return job[T]{due: due, done: make(chan T, 1)} }

// start does it, if it is due and not being done. It tells whether it did start.
func (j *job[T]) start(ctx context.Context, now time.Time, do func(context.Context) T) bool {
	if j.running || now.Before(j.due) {
		return false
	}
	ctx, j.cancel = context.WithCancel(ctx)
	j.running = true
	go func() { j.done <- do(ctx) }()
	return true
}

// hurry makes it due now; once more, if it is being done: what called for it may have come too late for that.
func (j *job[T]) hurry(now time.Time) { j.due, j.again = now, j.running }

// ended is told that the result was taken, and when the job is due again.
func (j *job[T]) ended(now time.Time, pause time.Duration) {
	j.cancel()
	if !j.again {
		j.due = now.Add(pause)
	}
	j.running, j.again = false, false
}

// end cuts the job short, and waits for it.
func (j *job[T]) end() {
	if j.running {
		j.cancel()
		<-j.done
		j.running = false
	}
}

// waits is how long it is until the job has to be started; ok is false while it runs.
func (j *job[T]) waits(now time.Time) (d time.Duration, ok bool) {
	return max(j.due.Sub(now), 0), !j.running
}

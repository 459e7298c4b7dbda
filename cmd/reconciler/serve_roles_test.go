package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestMovesCutRoundsShort has moves come at every moment of a round: none waits for its end, and what was cut short is
// done again, once the last move is over.
func TestMovesCutRoundsShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		woken := 0
		turns := &turns{wake: func() { woken++ }}
		round := func() {
			ctx, done := turns.round(context.Background())
			defer done()
			select {
			case <-ctx.Done():
			case <-time.After(time.Hour):
			}
		}
		began := time.Now()
		for range 3 {
			go round()
			synctest.Wait()
			first, second := turns.move(), turns.move()
			go round() // it waits for both
			first()
			if woken != 0 {
				t.Error("it is done again beside a move")
			}
			second()
			synctest.Wait()
			done := turns.move() // cuts the second one
			done()
			woken = 0
			synctest.Wait()
		}
		if time.Since(began) > time.Minute {
			t.Errorf("a move waited for a round: %v", time.Since(began))
		}
	})
}

// TestRoundsThatNobodyCutsGoOn ends without anything done again.
func TestRoundsThatNobodyCutsGoOn(t *testing.T) {
	t.Parallel()
	turns := &turns{wake: func() { t.Error("it is done again") }}
	turns.move()()
	ctx, done := turns.round(t.Context())
	if ctx.Err() != nil {
		t.Error("it is cut short")
	}
	done()
	turns.move()()
}

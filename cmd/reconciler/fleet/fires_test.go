package fleet_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/fleet"
)

// TestJudged judges logs that are known to be good or bad.
func TestJudged(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	fire := func(serial string, second int, epoch uint64) fleet.Fire {
		return fleet.Fire{Serial: serial, Schedule: "nightly", Due: noon.Add(time.Duration(second) * time.Second), Epoch: epoch}
	}
	for name, test := range map[string]struct {
		fires         []fleet.Fire
		twice, fallen []string
		missed        int
	}{
		"nothing":       {},
		"one moves":     {fires: []fleet.Fire{fire("1", 0, 1), fire("1", 1, 1), fire("2", 4, 3)}, missed: 2},
		"two at once":   {fires: []fleet.Fire{fire("1", 0, 1), fire("2", 0, 2)}, twice: []string{"nightly of 2026-01-02T12:00:00Z ran on 1 at epoch 1, and on 2 at epoch 2"}},
		"one twice":     {fires: []fleet.Fire{fire("1", 0, 1), fire("1", 0, 1)}, twice: []string{"nightly of 2026-01-02T12:00:00Z ran on 1 at epoch 1, and on 1 at epoch 1"}},
		"an epoch fell": {fires: []fleet.Fire{fire("2", 0, 2), fire("1", 1, 1)}, fallen: []string{"1 fired at 2026-01-02T12:00:01Z at epoch 1, after 2 had at epoch 2"}},
		"one epoch":     {fires: []fleet.Fire{fire("2", 0, 2), fire("1", 1, 2)}, fallen: []string{"1 fired at 2026-01-02T12:00:01Z at epoch 2, after 2 had at epoch 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fleet.Twice(test.fires); !slices.Equal(got, test.twice) {
				t.Errorf("twice: %q, want %q", got, test.twice)
			}
			if got := fleet.Fallen(test.fires); !slices.Equal(got, test.fallen) {
				t.Errorf("fallen: %q, want %q", got, test.fallen)
			}
			if got := fleet.Missed(test.fires, time.Second); got != test.missed {
				t.Errorf("missed: %d, want %d", got, test.missed)
			}
		})
	}
}

//go:build unix

package main

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/node/half"
	"github.com/gitops-reconciler/reconciler/providers/node"
)

// mishap befalls a holder, and is over when another may follow. It returns how the node comes back.
type mishap func(t *testing.T, holder *spawned, epoch uint64, over func()) (back func())

func mishaps() map[string]mishap {
	return map[string]mishap{
		"killed": func(t *testing.T, holder *spawned, _ uint64, over func()) func() {
			holder.kill(t)
			over()
			return func() { holder.again(t) }
		},
		"asleep": func(t *testing.T, holder *spawned, _ uint64, over func()) func() {
			holder.signal(t, syscall.SIGSTOP)
			over()
			return func() { holder.signal(t, syscall.SIGCONT) }
		},
		"asleep, then killed": func(t *testing.T, holder *spawned, _ uint64, over func()) func() {
			holder.signal(t, syscall.SIGSTOP)
			over()
			return func() { holder.kill(t); holder.again(t) }
		},
		"terminated": func(t *testing.T, holder *spawned, _ uint64, _ func()) func() {
			holder.signal(t, syscall.SIGTERM)
			_ = holder.command.Wait()
			return func() { holder.again(t) }
		},
		"revoked": func(t *testing.T, holder *spawned, epoch uint64, _ func()) func() {
			if got := holder.revoke(t, epoch+1).Places[node.Place{Role: "scheduler"}].State; got != "passive" {
				t.Errorf("revoked, it is %s", got)
			}
			return func() {}
		},
		"nobody renews it": func(_ *testing.T, _ *spawned, _ uint64, over func()) func() { over(); return func() {} },
	}
}

// TestMishaps has a role go to and fro between two nodes, as a controller does that keeps to the protocol. Their
// logs show no due time run twice, and no epoch run after a higher one.
func TestMishaps(t *testing.T) {
	t.Parallel()
	now := half.Clock()
	holder, other := firing(t, t.TempDir()), firing(t, t.TempDir())
	defer func() { holder.kill(t); other.kill(t) }()
	epoch := uint64(1)
	for _, name := range slices.Sorted(maps.Keys(mishaps())) {
		until := holder.runs(t, epoch, 300*time.Millisecond)
		back := mishaps()[name](t, holder, epoch, func() {
			eventually(t, "the lease is over", func() bool { return now().Boot > until })
		})
		epoch += 2
		other.holds(t, epoch, time.Minute, 0)
		other.fire(t, "ours", at(epoch))
		back()
		returned := now().Wall
		holder.fire(t, "free", func(f node.Fire) bool { return f.Due.After(returned) })
		other.revoke(t, epoch+1)
		epoch += 2
	}
	checkLogs(t, holder.stderr.String(), other.stderr.String())
}

// checkLogs reads when the schedule under the role fired.
func checkLogs(t *testing.T, logs ...string) {
	t.Helper()
	line := regexp.MustCompile(`msg=fire schedule=ours due=(\S+) role=scheduler epoch=(\d+)`)
	epochs := map[string]uint64{} // by due time; of the same form, so they sort as text
	for _, log := range logs {
		for _, found := range line.FindAllStringSubmatch(log, -1) {
			epoch, err := strconv.ParseUint(found[2], 10, 64)
			if was, twice := epochs[found[1]]; twice || err != nil {
				t.Errorf("due %s: run at epoch %d and at %d, %v", found[1], was, epoch, err)
			}
			epochs[found[1]] = epoch
		}
	}
	last, seen := uint64(0), map[uint64]bool{}
	for _, due := range slices.Sorted(maps.Keys(epochs)) {
		if epochs[due] < last {
			t.Errorf("due %s: run at epoch %d after %d", due, epochs[due], last)
		}
		last = epochs[due]
		seen[last] = true
	}
	if want := 2 * len(mishaps()); len(seen) != want {
		t.Errorf("%d holders fired, want %d: %s", len(seen), want, strings.Join(logs, "\n"))
	}
}

//go:build unix

// Command failover measures how long a role is without a holder: from the kill of the holder's process to the first
// fire of its schedule on another. Three nodes and a controller are processes of their own, started anew for each kill.
//
//	go run ./bench/failover -runs 5
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/fleet"
)

func main() {
	runs := flag.Int("runs", 5, "kills of each sort")
	flag.Parse()
	if err := measure(context.Background(), *runs); err != nil {
		fmt.Fprintln(os.Stderr, "failover:", err)
		os.Exit(1)
	}
}

// sort is a way to have a role.
type sort struct {
	name     string
	cluster  string
	expected time.Duration
	why      string
}

const items = `	items: host: globex: {address: "as2.globex.example", protocol: "as2"}
	items: schedule: nightly: {host: "globex", cron: "* * * * *", every: "20ms", command: "PUT"%s}
`

func sorts() []sort {
	return []sort{
		{
			name:     "leased, fast",
			cluster:  fmt.Sprintf(items, `, role: "scheduler"`) + `	health: preset: "fast"` + "\n	roles: scheduler: fencing: \"leased\"",
			expected: 11200 * time.Millisecond,
			why:      "max(detect, W) + 1 s; W is 10.2 s for a lease of 9 s",
		},
		{
			name: "best-effort, probed every 0.1 s",
			cluster: fmt.Sprintf(items, "") + `	health: {probe: "100ms", timeout: "100ms", dead: "300ms", confirm: false, rise: 1}
	roles: scheduler: {fencing: "best-effort", stopWithin: "100ms", runs: schedule: "all"}`,
			expected: 600 * time.Millisecond,
			why:      "DEAD after 0.3 s, and as much for the rest",
		},
	}
}

func measure(ctx context.Context, runs int) error {
	dir, err := os.MkdirTemp("", "failover")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // it is in the system's folder for what may be lost
	programs, err := fleet.Build(ctx, dir)
	if err != nil {
		return err
	}
	said := []string{"| from the kill to the first fire on another | median | expected, at most | all |", "| --- | --- | --- | --- |"}
	for _, s := range sorts() {
		var took []time.Duration
		for range runs {
			one, err := s.kill(ctx, programs)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			took = append(took, one)
		}
		slices.Sort(took)
		said = append(said, fmt.Sprintf("| %s | %s | %s: %s | %v |", s.name, took[len(took)/2], s.expected, s.why, took))
	}
	fmt.Println(strings.Join(append(said, "", beside(), load()), "\n"))
	return nil
}

// beside is what there is to say of keepalived.
func beside() string {
	if _, err := exec.LookPath("keepalived"); err != nil {
		return "keepalived is not installed here, so it is not measured beside."
	}
	return "keepalived is installed, but this program does not measure it."
}

// load says how busy the machine was, if it tells.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "How busy the machine was is not known."
	}
	return "The load of the machine is " + strings.TrimSpace(string(text)) + "."
}

// kill starts a fleet, kills the holder, and returns how long it took until another fired.
func (s sort) kill(ctx context.Context, programs fleet.Programs) (time.Duration, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 2*time.Minute, errors.New("it was waited for two minutes"))
	defer cancel()
	dir, err := os.MkdirTemp("", "fleet")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // as above
	f, err := fleet.Start(ctx, fleet.Config{Programs: programs, Dir: dir, Serials: []string{"1001", "1002", "1003"}, Cluster: s.cluster, Tick: 10 * time.Millisecond})
	if err != nil {
		return 0, err
	}
	defer f.Close()
	holder, err := settled(ctx, f)
	if err != nil {
		return 0, err
	}
	killed := time.Now()
	f.Node(holder).Kill()
	return follows(ctx, f, holder, killed)
}

// settled waits until all is well and the holder alone fires, and returns who that is.
func settled(ctx context.Context, f *fleet.Fleet) (holder string, err error) {
	err = fleet.Until(ctx, "all is well", func() (bool, error) {
		place, well := fleet.Well(f.Roles(ctx))
		holder = place.Holder
		fires, err := f.Fires()
		last := fires[max(0, len(fires)-20):]
		return well && len(last) == 20 && !slices.ContainsFunc(last, others(holder)), err
	})
	return holder, err
}

// follows waits until another fires what is due after the kill, and returns how long after.
func follows(ctx context.Context, f *fleet.Fleet, holder string, killed time.Time) (took time.Duration, err error) {
	err = fleet.Until(ctx, "another fires", func() (bool, error) {
		fires, err := f.Fires()
		next := slices.IndexFunc(fires, func(x fleet.Fire) bool { return others(holder)(x) && x.Due.After(killed) })
		if next < 0 || err != nil {
			return false, err
		}
		took = fires[next].Due.Sub(killed).Round(10 * time.Millisecond)
		return true, nil
	})
	return took, err
}

func others(holder string) func(fleet.Fire) bool {
	return func(x fleet.Fire) bool { return x.Serial != holder }
}

//go:build linux

// Command load measures, as whole processes, what it costs to evaluate configurations of several sizes:
// processor time of the program and its child together, and the memory of the larger of the two. The items
// are users of SFTPGo with ten fields each, a hundred to a file; written out, or (for a comparison in the
// same run) under a pattern that holds for each of them, so that they must be evaluated as a whole.
//
//	go run ./bench/load -runs 5
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gitops-reconciler/reconciler/bench/measure"
)

func main() {
	runs := flag.Int("runs", 5, "runs of each size; medians are printed")
	flag.Parse()
	if err := compare(context.Background(), *runs); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, runs int) (err error) {
	dir, err := os.MkdirTemp("", "bench-load-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary, err := measure.Build(ctx, dir)
	if err != nil {
		return err
	}
	for _, size := range []struct {
		peers, items int
		pattern      bool
	}{{1000, 1000, false}, {1000, 10_000, false}, {1000, 10_000, true}, {10, 50_000, false}} {
		cluster := filepath.Join(dir, fmt.Sprintf("%dx%d", size.peers, size.items))
		if size.pattern {
			cluster += "-as-a-whole"
		}
		if err := write(cluster, size.peers, size.items, size.pattern); err != nil {
			return err
		}
		if err := report(ctx, binary, cluster, runs); err != nil {
			return err
		}
	}
	return nil
}

func report(ctx context.Context, binary, cluster string, runs int) error {
	validate := []string{binary, "validate", "-C", cluster}
	var cold, cached []measure.Usage
	for range runs {
		u, err := measure.Run(ctx, nil, validate)
		if err != nil {
			return err
		}
		cold = append(cold, u)
	}
	// A state directory is where results are remembered.
	if err := os.Mkdir(filepath.Join(cluster, ".reconciler"), 0o700); err != nil {
		return err
	}
	for range runs + 1 { // the first one remembers
		u, err := measure.Run(ctx, nil, validate)
		if err != nil {
			return err
		}
		cached = append(cached, u)
	}
	for what, m := range map[string]measure.Usage{"evaluated": measure.Median(cold), "remembered": measure.Median(cached[1:])} {
		fmt.Printf("%-22s %-10s  wall %6.0f ms  cpu %6.0f ms  rss %3d MB\n",
			filepath.Base(cluster), what, measure.Milliseconds(m.Wall), measure.Milliseconds(m.CPU), m.RSS>>10)
	}
	return nil
}

func write(dir string, peers, items int, pattern bool) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("package bench\n\nimport \"github.com/gitops-reconciler/reconciler/providers/sftpgo\"\n\n")
	b.WriteString("cluster: sftpgo.#Cluster & {\n\tname: \"bench\"\n\tpeers: [_]: credentials: {user: \"admin\", password: \"env:ADMIN_PASSWORD\"}\n")
	for i := range peers {
		fmt.Fprintf(&b, "\tpeers: \"%d\": address: \"https://n%d.example:8443\"\n", 1001+i, i)
	}
	if pattern {
		b.WriteString("\titems: user: [_]: status: 1\n")
	}
	b.WriteString("}\n")
	if err := os.WriteFile(filepath.Join(dir, "cluster.cue"), []byte(b.String()), 0o600); err != nil {
		return err
	}
	const each = 100
	for first := 0; first < items; first += each {
		name := filepath.Join(dir, fmt.Sprintf("users%d.cue", first/each))
		if err := os.WriteFile(name, users(first, min(first+each, items)), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func users(first, end int) []byte {
	var b strings.Builder
	b.WriteString("package bench\n\ncluster: items: user: {\n")
	for i := first; i < end; i++ {
		fmt.Fprintf(&b, "\tuser%05d: {home_dir: \"/srv/user%[1]d\", email: \"user%[1]d@example.com\", description: \"number %[1]d\", "+
			"max_sessions: 3, quota_files: 100, quota_size: 1000000, status: 1, uid: 7, gid: 8, password: \"env:USER_PASSWORD\"}\n", i)
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

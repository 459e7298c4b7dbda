//go:build linux

// Command sftpgo measures, in one run on the same real SFTPGo servers, what our program costs beside the
// raw limit: a bare client that lists the same users, or writes them, and does nothing else. It starts the
// servers on loopback, and prints medians, ratios, and how many requests the servers got. Absolute figures
// drift with the machine, and wall time with whoever else uses it: compare within one run. Where OpenTofu or
// Terraform are on the path, and a REST provider is in a mirror, they do the same on the same servers; else it says
// what it skipped, and why.
//
//	go run ./bench/sftpgo -servers 3 -users 1000
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gitops-reconciler/reconciler/bench/measure"
	"github.com/gitops-reconciler/reconciler/providers/sftpgo/testserver"
)

const password = "admin-password"

func main() {
	servers := flag.Int("servers", 3, "SFTPGo servers")
	users := flag.Int("users", 1000, "users on each")
	runs := flag.Int("runs", 3, "rounds; medians are printed")
	driver := flag.String("driver", "sqlite", "SFTPGo's data provider: sqlite or memory")
	mirror := flag.String("terraform-plugin-dir", "", "a mirror of providers with HOST/NAMESPACE/restapi in it: compare also with OpenTofu and Terraform, as far as they are on the path")
	raw := flag.String("raw", "", "be the bare client: list, create, update or delete the users at the addresses given as arguments")
	every := flag.Int("every", 1, "of the bare client: one user in so many")
	flag.Parse()
	var err error
	if *raw != "" {
		err = rawClient(context.Background(), *raw, *users, *every, flag.Args())
	} else {
		err = compare(context.Background(), *servers, *users, *runs, *driver, *mirror)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sftpgo:", err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, servers, users, runs int, driver, mirror string) (err error) {
	dir, err := os.MkdirTemp("", "bench-sftpgo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary, err := measure.Build(ctx, dir)
	if err != nil {
		return err
	}
	addresses, stop, err := start(ctx, dir, servers, driver)
	defer stop()
	if err != nil {
		return err
	}
	b, err := newBench(dir, binary, users)
	if err != nil {
		return err
	}
	for range runs {
		if err := b.round(ctx, addresses); err != nil {
			return err
		}
	}
	if err := b.report(b.counted(ctx, addresses)); err != nil {
		return err
	}
	for _, c := range contenders(mirror) {
		if err := c.measure(ctx, b, addresses); err != nil {
			return err
		}
	}
	return nil
}

func start(ctx context.Context, dir string, n int, driver string) (addresses []string, stop func(), err error) {
	var started []*testserver.Server
	stop = func() {
		for _, s := range started {
			s.Kill()
		}
	}
	sftpgo, err := testserver.Build(ctx, "providers/sftpgo/testserver/build", "", os.Stderr)
	for i := 0; i < n && err == nil; i++ {
		var s *testserver.Server
		s, err = sftpgo.Start(ctx, testserver.Options{Dir: filepath.Join(dir, fmt.Sprint("server", i)), Driver: driver, AdminPassword: password})
		if err == nil {
			started = append(started, s)
			addresses = append(addresses, s.URL())
		}
	}
	return addresses, stop, err
}

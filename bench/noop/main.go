//go:build linux

// Command noop measures, in one run on the same servers, what it costs to find that nothing has to be
// done: our plan against the raw limit, a bare client that lists the same users and does nothing with
// them. It starts real SFTPGo servers on loopback, fills them by our own apply, and prints medians and
// ratios: absolute figures drift with the machine.
//
//	go run ./bench/noop -servers 3 -users 1000
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"github.com/gitops-reconciler/reconciler/bench/measure"
	"github.com/gitops-reconciler/reconciler/providers/sftpgo/testserver"
)

const password = "admin-password"

func main() {
	servers := flag.Int("servers", 3, "SFTPGo servers")
	users := flag.Int("users", 1000, "users on each")
	runs := flag.Int("runs", 7, "runs of each command; medians are printed")
	driver := flag.String("driver", "sqlite", "SFTPGo's data provider: sqlite or memory")
	list := flag.Bool("list", false, "be the bare client: list the users at the addresses given as arguments")
	flag.Parse()
	var err error
	if *list {
		err = rawList(context.Background(), flag.Args())
	} else {
		err = compare(context.Background(), *servers, *users, *runs, *driver)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "noop:", err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, servers, users, runs int, driver string) (err error) {
	dir, err := os.MkdirTemp("", "bench-noop-")
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
	if err := configure(dir, addresses, users); err != nil {
		return err
	}
	b := bench{dir: dir, binary: binary, addresses: addresses}
	return b.report(ctx, runs)
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

// configure writes a cluster whose items are all at cluster scope.
func configure(dir string, addresses []string, users int) error {
	var b strings.Builder
	b.WriteString("package bench\n\nimport \"github.com/gitops-reconciler/reconciler/providers/sftpgo\"\n\n")
	b.WriteString("cluster: sftpgo.#Cluster & {\n\tname: \"bench\"\n\tpeers: [_]: credentials: {user: \"admin\", password: \"env:ADMIN_PASSWORD\"}\n")
	for i, address := range addresses {
		fmt.Fprintf(&b, "\tpeers: \"%d\": address: %q\n", 1001+i, address)
	}
	for i := range users {
		fmt.Fprintf(&b, "\titems: user: \"user%05d\": {home_dir: \"/srv/user%05d\", email: \"user%d@example.com\", description: \"number %d\", max_sessions: 3, quota_size: 1000000, password: \"env:USER_PASSWORD\"}\n", i, i, i, i)
	}
	b.WriteString("}\n")
	if err := os.MkdirAll(filepath.Join(dir, "cluster"), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "cluster", "cluster.cue"), []byte(b.String()), 0o600)
}

type bench struct {
	dir, binary string
	addresses   []string
}

func (b bench) report(ctx context.Context, runs int) error {
	hash, err := bcrypt.GenerateFromPassword([]byte("password"), bcrypt.MinCost)
	if err != nil {
		return err
	}
	env := append(os.Environ(), "ADMIN_PASSWORD="+password, "USER_PASSWORD="+string(hash))
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cluster := filepath.Join(b.dir, "cluster")
	plan := []string{b.binary, "plan", "-C", cluster, "--detailed-exitcode"}
	first, err := measure.Run(ctx, env, []string{b.binary, "apply", "-C", cluster, "--auto-approve"})
	if err != nil {
		return err
	}
	cache := filepath.Join(cluster, ".reconciler", "cache")
	rows := map[string][]measure.Usage{}
	for range runs + 1 { // the first of each warms up
		for name, one := range map[string]struct {
			args   []string
			forget string
		}{
			"raw listing":       {append([]string{self, "-list"}, b.addresses...), ""},
			"plan, cold cache":  {plan, cache},
			"plan, cached":      {plan, ""},
			"validate (cached)": {[]string{b.binary, "validate", "-C", cluster}, ""},
		} {
			if one.forget != "" {
				if err := os.RemoveAll(one.forget); err != nil {
					return err
				}
			}
			u, err := measure.Run(ctx, env, one.args)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			rows[name] = append(rows[name], u)
		}
	}
	fmt.Printf("first apply: wall %.2f s, cpu %.2f s, rss %d MB\n", first.Wall.Seconds(), first.CPU.Seconds(), first.RSS>>10)
	raw := measure.Median(rows["raw listing"][1:])
	for _, name := range []string{"raw listing", "plan, cold cache", "plan, cached", "validate (cached)"} {
		m := measure.Median(rows[name][1:])
		fmt.Printf("%-18s wall %6.0f ms (%.1f x raw)  cpu %6.0f ms  rss %3d MB\n", name, measure.Milliseconds(m.Wall), float64(m.Wall)/float64(raw.Wall), measure.Milliseconds(m.CPU), m.RSS>>10)
	}
	return nil
}

// Package fleet runs the real programs as processes of their own: nodes, a controller, and a network between them
// that loses what it is told to lose. Its tests do to them what happens to machines and networks, and hold what the
// nodes logged against the guarantee of docs/failover.md; bench/failover measures how long a move takes.
//
// It knows the programs from outside only: by their command lines, their logs, and what they answer.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Programs are the paths of the two programs.
type Programs struct{ Node, Reconciler string }

// Build builds both into a directory.
func Build(ctx context.Context, dir string, flags ...string) (Programs, error) {
	const module = "github.com/gitops-reconciler/reconciler/cmd/"
	args := slices.Concat([]string{"build", "-o", dir + string(filepath.Separator)}, flags, []string{module + "node", module + "reconciler"})
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return Programs{}, fmt.Errorf("build the programs: %w: %s", err, out)
	}
	return Programs{filepath.Join(dir, "node"), filepath.Join(dir, "reconciler")}, nil
}

// Config is what a fleet is made of.
type Config struct {
	Programs
	Dir     string        // for all that it keeps; short, since a socket is in it
	Serials []string      // of the nodes
	Cluster string        // CUE: the fields of the cluster beside its name and its peers
	Tick    time.Duration // how often nodes look at their schedules
	Flags   []string      // more of each node's
	// Machines are what the nodes and the controller run on; nil: all on this one, with Net between them.
	Machines *Machines
	// Ahead is how much longer than this machine those of some nodes say that they run, by serial. Such a node's Process is
	// not the program itself, but what ends it when it is killed.
	Ahead map[string]time.Duration
	// Sidecar are the flags of the sidecar beside a node, which then is told of no leases; nil: there is none.
	Sidecar func(serial string) []string
}

// Fleet is nodes and a controller. One goroutine uses it.
type Fleet struct {
	Config
	Net        *Network
	Controller *Process
	nodes      map[string]*Process
}

// Start starts the nodes, and a controller over them. All processes are killed when ctx ends.
func Start(ctx context.Context, c Config) (*Fleet, error) {
	f := &Fleet{Config: c, Net: newNetwork(), nodes: map[string]*Process{}}
	err := f.commit()
	for _, serial := range c.Serials {
		err = errors.Join(err, f.StartNode(ctx, serial))
		if c.Sidecar != nil {
			err = errors.Join(err, f.StartSidecar(ctx, serial))
		}
	}
	err = errors.Join(err, f.StartController(ctx))
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Close kills all processes.
func (f *Fleet) Close() {
	for _, p := range append(slices.Collect(maps.Values(f.nodes)), f.Controller) {
		if p != nil {
			p.Kill()
		}
	}
	f.Net.close()
}

// Node is the process of a node.
func (f *Fleet) Node(serial string) *Process { return f.nodes[serial] }

// StartNode starts a node on what it kept.
func (f *Fleet) StartNode(ctx context.Context, serial string) error {
	return f.startNode(ctx, serial, append([]string{"--tick", f.Tick.String()}, f.Flags...)...)
}

// StartSidecar starts the sidecar of a node on what it kept.
func (f *Fleet) StartSidecar(ctx context.Context, serial string) error {
	return f.startNode(ctx, SidecarOf(serial), f.Sidecar(serial)...)
}

// SidecarOf is the name of a node's sidecar: as a process, and in the network.
func SidecarOf(serial string) string { return serial + "-sidecar" }

func (f *Fleet) startNode(ctx context.Context, name string, args ...string) error {
	args = append([]string{f.Programs.Node, "--name", name, "--dir", filepath.Join(f.Dir, name)}, args...)
	if f.Machines == nil {
		args = append(args, "--listen", "127.0.0.1:0")
	} else {
		args = on(f.Machines.of(name), append(args, "--listen", f.Machines.at(name)+":7070"))
	}
	p, url, err := startNode(ctx, f.log(name), ahead(f.Ahead[name], args))
	if err != nil {
		return fmt.Errorf("start node %s: %w", name, err)
	}
	f.nodes[name] = p
	return f.Net.connect(name, url)
}

// StartController starts a controller on what the one before it kept.
func (f *Fleet) StartController(ctx context.Context) (err error) {
	f.Controller, err = f.Serve(ctx, "state")
	return err
}

// Serve starts a controller with a state of its own, in this folder. It logs to the file of the same name.
func (f *Fleet) Serve(ctx context.Context, state string) (*Process, error) {
	args := []string{f.Reconciler, "serve", "-C", f.repo(), "--state", filepath.Join(f.Dir, state), "--poll", "1s", "--interval", "10s"}
	if f.Machines != nil {
		args = on(f.Machines.name, args)
	}
	return start(exec.CommandContext(ctx, args[0], args[1:]...), f.log(state), f.env())
}

// Beside runs a command beside the controller to its end, and returns what it said.
func (f *Fleet) Beside(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, f.Reconciler, append(args, "-C", f.repo(), "--state", filepath.Join(f.Dir, "state"))...)
	cmd.Env = f.env()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (f *Fleet) repo() string           { return filepath.Join(f.Dir, "repo") }
func (f *Fleet) log(name string) string { return filepath.Join(f.Dir, name+".log") }

// env sends the programs' requests through the network, where all are on one machine.
func (f *Fleet) env() []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + f.Dir, noWait}
	if f.Machines == nil {
		env = append(env, "http_proxy="+f.Net.url())
	}
	return env
}

// address is where the controller finds a node.
func (f *Fleet) address(serial string) string {
	if f.Machines != nil {
		return "http://" + f.Machines.at(serial) + ":7070"
	}
	return "http://n" + serial + ".test"
}

// noWait ends a program with the race detector at once.
const noWait = "GORACE=atexit_sleep_ms=0"

// commit makes the repository that the controller reads.
func (f *Fleet) commit() error {
	var text strings.Builder
	text.WriteString("package mft\n\nimport \"github.com/gitops-reconciler/reconciler/providers/node\"\n\ncluster: node.#Cluster & {\n\tname: \"mft\"\n")
	for _, serial := range f.Serials {
		fmt.Fprintf(&text, "\tpeers: %q: address: %q\n", serial, f.address(serial))
		if f.Sidecar != nil {
			fmt.Fprintf(&text, "\tpeers: %q: sidecar: address: %q\n", serial, "http://n"+SidecarOf(serial)+".test")
		}
	}
	if err := os.MkdirAll(f.repo(), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(f.repo(), "cluster.cue"), []byte(text.String()+f.Cluster+"\n}\n"), 0o600); err != nil {
		return err
	}
	repo, err := git.PlainInit(f.repo(), false)
	if err != nil {
		return err
	}
	tree, err := repo.Worktree()
	if err != nil {
		return err
	}
	_, err = tree.Add("cluster.cue")
	if err == nil {
		_, err = tree.Commit("one role", &git.CommitOptions{Author: &object.Signature{Name: "Ada", Email: "ada@example.com"}})
	}
	return err
}

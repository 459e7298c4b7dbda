//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/crypto/bcrypt"

	"github.com/gitops-reconciler/reconciler/bench/measure"
)

// bench collects what each step took, in every round.
type bench struct {
	cluster, binary, self string
	env                   []string
	users                 int

	took map[string][]measure.Usage
	done func(step string) // told after each step; may be nil
}

func newBench(dir, binary string, users int) (*bench, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte("password"), bcrypt.MinCost)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	return &bench{
		cluster: filepath.Join(dir, "cluster"), binary: binary, self: self, users: users, took: map[string][]measure.Usage{},
		env: append(os.Environ(), "ADMIN_PASSWORD="+password, "USER_PASSWORD="+string(hash)),
	}, err
}

// round does everything once, from servers without users to servers without users.
func (b *bench) round(ctx context.Context, addresses []string) error {
	if err := os.RemoveAll(b.cluster); err != nil {
		return err
	}
	r := steps{bench: b, addresses: addresses}
	r.raw(ctx, "raw creates", "create", 1)
	r.raw(ctx, "raw listing", "list", 1)
	r.raw(ctx, "raw updates", "update", 1)
	r.raw(ctx, "raw updates, 1%", "update", 100)
	r.raw(ctx, "", "delete", 1)

	r.configure(0, "")
	r.ours(ctx, "validate, cold", "validate")
	r.ours(ctx, "first apply", "apply", "--auto-approve")
	r.ours(ctx, "", "apply", "--auto-approve") // what was done is remembered by now
	r.forget()
	r.ours(ctx, "plan, cold cache", "plan", "--detailed-exitcode")
	r.ours(ctx, "plan, cached", "plan", "--detailed-exitcode")
	r.ours(ctx, "validate, cached", "validate")
	r.configure(100, "changed")
	r.ours(ctx, "plan, 1% changed", "plan")
	r.ours(ctx, "apply, 1% changed", "apply", "--auto-approve")
	r.configure(1, "anew")
	r.ours(ctx, "", "validate")
	r.ours(ctx, "apply, all changed", "apply", "--auto-approve")
	r.raw(ctx, "", "delete", 1)
	return r.err
}

// steps are those of a round, up to the first that fails.
type steps struct {
	*bench
	addresses []string
	err       error
}

func (r *steps) raw(ctx context.Context, name, what string, every int) {
	args := []string{r.self, "-raw", what, "-users", strconv.Itoa(r.users), "-every", strconv.Itoa(every)}
	r.step(ctx, name, append(args, r.addresses...))
}

func (r *steps) ours(ctx context.Context, name, command string, args ...string) {
	r.step(ctx, name, append([]string{r.binary, command, "-C", r.cluster}, args...))
}

// step runs a program; one without a name is not measured.
func (r *steps) step(ctx context.Context, name string, args []string) {
	if r.err != nil {
		return
	}
	usage, err := measure.Run(ctx, r.env, args)
	if err != nil {
		r.err = fmt.Errorf("%s: %w", name, err)
		return
	}
	if r.done != nil {
		r.done(name)
	} else {
		r.took[name] = append(r.took[name], usage)
	}
}

func (r *steps) configure(every int, word string) {
	if r.err == nil {
		r.err = configure(r.cluster, r.addresses, r.users, every, word)
	}
}

func (r *steps) forget() {
	if r.err == nil {
		r.err = os.RemoveAll(filepath.Join(r.cluster, ".reconciler", "cache"))
	}
}

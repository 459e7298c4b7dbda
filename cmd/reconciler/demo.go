package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) demoCmd() *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Start five small servers here, converge them, and let one die",
		Long: `Start five small servers here, on free ports of the loopback interface, write a repository that
describes them, and bring them to what it says. Then one of them drifts, and is healed; and one dies, whose
role goes to another. The servers run until Ctrl-C, so that everything can be tried on them; the repository and their data are in a temporary
folder, which is removed at the end.`,
		Args: noArguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.demo(cmd.Context(), once)
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "end when the story is told")
	return cmd
}

// demo tells the story in the words of the commands that a user would give.
func (a *app) demo(ctx context.Context, once bool) (err error) {
	home, err := os.MkdirTemp("", "reconciler-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	d := &demo{app: a, home: home}
	ctx, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		err = errors.Join(err, d.stop())
	}()
	if err := d.start(ctx); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := d.story(ctx); err != nil || once {
		return err
	}
	a.ui.demoNext(d.repo(), d.addresses["1002"])
	<-ctx.Done()
	return nil
}

// story is what the demo shows.
func (d *demo) story(ctx context.Context) error {
	a := d.app
	a.dir, a.rev, a.state = d.repo(), "HEAD", ""
	a.parallelism, a.timeout = 16, 30*time.Second
	steps := []struct {
		title string
		do    func() error
	}{
		{"Five empty servers, and a repository that says what they shall hold. apply shows its plan, and carries it out:", func() error {
			return a.apply(ctx, applyOptions{approved: true})
		}},
		{"A second plan finds nothing to do:", func() error { return d.plan(ctx) }},
		{"Somebody changes a partner's address on peer 1002, behind Git's back. plan says so:", func() error {
			return errors.Join(d.drift(ctx), d.plan(ctx))
		}},
		{"apply puts it back:", func() error { return a.apply(ctx, applyOptions{approved: true}) }},
		{"And again there is nothing to do:", func() error { return d.plan(ctx) }},
		{"One server is to send orders. serve gives the role away, under a lease, and keeps it held:", func() error { return d.roleIsHeld(ctx) }},
	}
	for _, step := range steps {
		a.ui.demoStep(step.title)
		if err := step.do(); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) plan(ctx context.Context) error {
	round, c, err := d.app.plan(ctx, planOptions{})
	if err != nil {
		return err
	}
	return d.ui.plan(c, round.Plan, false)
}

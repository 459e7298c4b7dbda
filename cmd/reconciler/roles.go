package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/reconcile/store"
	"github.com/gitops-reconciler/reconciler/schema"
)

func (a *app) rolesCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "roles",
		Short: "Show who holds which role, and move roles",
		Long: `Show who holds which role, and move roles.

All of it is asked of the serve that holds the state: it alone moves roles.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.showRoles("") },
	}
	a.clusterFlags(cmd.PersistentFlags())
	cmd.PersistentFlags().StringVarP(&a.output, "output", "o", "text", "text or json")
	cmd.AddCommand(a.explainCmd(), a.switchoverCmd(), a.attestCmd(), a.enrollCmd(), a.pauseCmd(), a.resumeCmd())
	return cmd
}

func (a *app) explainCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "explain ROLE",
		Short: "Say why a role is where it is, and what there is to say of each candidate",
		Args:  named1("a role: reconciler roles lists them"),
		RunE:  func(_ *cobra.Command, args []string) error { return a.showRoles(args[0]) },
	}
}

// named1 wants one argument, and says what it is.
func named1(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return failf(exitError, "%s: name %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

func (a *app) switchoverCmd() *cobra.Command {
	var to string
	var dry bool
	cmd := &cobra.Command{
		Use:   "switchover ROLE[/PLACE]",
		Short: "Move a role to another peer, as planned",
		Long: `Move a role to another peer, as planned.

The holder stops first; only when it is seen to have stopped does the other start. Where the other could not
follow at once, as soon after the start of serve, the holder goes on until it can. --dry-run says what would
move, and for what it would wait, and changes nothing. Where the other cannot hold the role now it is refused, with why.`,
		Example: "  reconciler roles switchover scheduler --to 1002 --dry-run\n  reconciler roles switchover sync/1 --to 1004",
		Args:    named1("a role"),
		RunE: func(_ *cobra.Command, args []string) error {
			place, err := placeOf(args[0])
			if err != nil {
				return err
			}
			if to == "" {
				return failf(exitError, "roles switchover: say to whom: --to SERIAL")
			}
			return a.switchover(switchoverWish{place, to, dry})
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "serial of the peer that shall hold it")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would move")
	return cmd
}

// placeOf reads ROLE or ROLE/NUMBER.
func placeOf(text string) (schema.Place, error) {
	role, number, numbered := strings.Cut(text, "/")
	if !numbered {
		return schema.Place{Role: role}, nil
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 {
		return schema.Place{}, failf(exitError, "%s: want ROLE, or ROLE/NUMBER for one of its places, from 0", text)
	}
	return schema.Place{Role: role, Number: n}, nil
}

func (a *app) switchover(wish switchoverWish) error {
	var s roles.Switchover
	if err := a.tellServe("/v1/roles/switchover", wish, &s); err != nil {
		return err
	}
	asJSON, err := a.json()
	switch {
	case err != nil:
		return err
	case asJSON:
		err = a.ui.json(s)
	default:
		err = a.ui.switchover(s, wish.Dry)
	}
	if s.Refused != "" && err == nil {
		return exit{code: exitHeld}
	}
	return err
}

func (a *app) attestCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "attest SERIAL stopped",
		Short: "Say that a peer is off for good, so that its roles can move",
		Long: `Say that a peer is off for good, so that its roles can move.

You vouch for it: nothing that the peer held runs there, and nothing will, also if somebody starts it again. Make
sure of that first (power, network, the product's own switch): if it is not so, two peers hold the role. When the
peer is reached again and runs nothing, your word is lifted by itself.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 || args[1] != "stopped" {
				return failf(exitError, "roles attest: want SERIAL stopped")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.tellServe("/v1/roles/attest", attestation{args[0], a.who()}, &roles.Status{}); err != nil {
				return err
			}
			return a.ui.line("%s is taken to be off, on the word of %s. What it held moves now.", printable(args[0]), printable(a.who()))
		},
	}
}

func (a *app) pauseCmd() *cobra.Command {
	var why string
	cmd := &cobra.Command{
		Use:   "pause",
		Short: "Let no role move by itself, until resume",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			reason := a.who()
			if why != "" {
				reason += ": " + why
			}
			if err := a.tellServe("/v1/roles/pause", pauseWish{reason}, &roles.Status{}); err != nil {
				return err
			}
			return a.ui.line("Paused. Holders stay, and are renewed; what somebody asks for still moves. To go on: reconciler roles resume")
		},
	}
	cmd.Flags().StringVar(&why, "reason", "", "why, for the others")
	return cmd
}

func (a *app) resumeCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "resume",
		Short: "Let roles move by themselves again",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := a.tellServe("/v1/roles/pause", pauseWish{}, &roles.Status{}); err != nil {
				return err
			}
			return a.ui.line("Roles move by themselves again.")
		},
	}
}

func (a *app) showRoles(only string) error {
	asJSON, err := a.json()
	if err != nil {
		return err
	}
	var s roles.Status
	if err := a.askServe("/v1/roles", &s); err != nil {
		return err
	}
	if only != "" {
		kept := s.Roles[:0]
		for _, role := range s.Roles {
			if role.Name == only {
				kept = append(kept, role)
			}
		}
		if s.Roles = kept; len(kept) == 0 {
			return failf(exitError, "there is no role %s: reconciler roles lists them", only)
		}
	}
	if asJSON {
		return a.ui.json(s)
	}
	return a.ui.roles(s, only != "")
}

func (a *app) askServe(path string, into any) error { return a.talk(http.MethodGet, path, nil, into) }

func (a *app) tellServe(path string, body, into any) error {
	return a.talk(http.MethodPost, path, body, into)
}

// talk talks to the serve that holds the state, which has to be there.
func (a *app) talk(method, path string, body, into any) error {
	if !store.HolderOf(a.stateDir()).Serves() {
		return failf(exitError, "no serve holds the state in %s, and it alone knows and moves roles: start reconciler serve, or name its state by -C or --state", a.stateDir())
	}
	answer, err := a.tell(method, path, body)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Close() }() // it was only read
	if err := json.NewDecoder(answer).Decode(into); err != nil {
		return fmt.Errorf("ask serve: %w", err)
	}
	return nil
}

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/providers/node"
	"github.com/gitops-reconciler/reconciler/schema"
)

// config is what the command line and the environment say.
type config struct {
	listen              string // host:port; port 0 takes a free one
	dir                 string
	cert, key, clientCA string // files; "": plain HTTP, any client
	bad                 node.Fault
	node                node.Options
	tokenFile, kinds    string
	tick                time.Duration // how often schedules are looked at
	places              string
	gated               []schema.Place // what places says
	commands            commands
	beats               beats
}

func (c *config) flags() *flag.FlagSet {
	flags := flag.NewFlagSet("node", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run says what is wrong, once
	flags.StringVar(&c.listen, "listen", "127.0.0.1:7101", "`HOST:PORT` to listen on; port 0 takes a free one")
	flags.StringVar(&c.dir, "dir", "", "`DIR` that keeps the items, made if missing (required)")
	flags.StringVar(&c.node.Name, "name", "node", "`NAME` that the status reports")
	flags.StringVar(&c.kinds, "kinds", "", "the only kinds to serve, as `a,b` (default any)")
	flags.StringVar(&c.tokenFile, "token-file", "", "`FILE` with the bearer token that requests must carry\n(default: the token in $NODE_TOKEN, or the file $NODE_TOKEN_FILE)")
	flags.StringVar(&c.cert, "cert", "", "PEM `FILE` with the certificate, and those up to its authority; serves HTTPS")
	flags.StringVar(&c.key, "key", "", "PEM `FILE` with the certificate's key")
	flags.StringVar(&c.clientCA, "client-ca", "", "PEM `FILE` with the authorities of clients; all of them need a certificate then")
	flags.DurationVar(&c.tick, "tick", time.Minute, "how often to look at schedules, at the multiples of `DURATION`:\nless than a minute is for tests")
	flags.StringVar(&c.places, "places", "", "as a sidecar, the places that this server may hold, as `ROLE/NUMBER,...`;\nothers are refused (default any)")
	flags.StringVar(&c.commands.start, "on-start", "", "`CMD` for sh that starts what a place stands for, and ends once it runs")
	flags.StringVar(&c.commands.stop, "on-stop", "", "`CMD` that stops it, and ends once nothing of it runs;\nalso of what never ran")
	flags.StringVar(&c.commands.force, "on-force", "", "`CMD` that does so at once, when its time is over (default that of --on-stop)")
	flags.StringVar(&c.beats.to, "heartbeat", "", "`URL` of serve's health.listen, as https://HOST:PORT, to send heartbeats to\n(default none)")
	flags.DurationVar(&c.beats.every, "heartbeat-every", 5*time.Second, "send one each `DURATION`: the cluster's health.heartbeat, or less")
	flags.StringVar(&c.beats.serial, "serial", "", "`SERIAL` of the peer that heartbeats are of (default that of --name)")
	flags.StringVar(&c.beats.tokenFile, "heartbeat-token-file", "", "`FILE` with the token that heartbeats carry\n(default: the token in $NODE_HEARTBEAT_TOKEN, or the file $NODE_HEARTBEAT_TOKEN_FILE)")
	flags.StringVar(&c.beats.ca, "heartbeat-ca", "", "PEM `FILE` with the authorities of the one who hears them (default the system's)")
	flags.Var(&c.bad, "bad", "misbehave on purpose, as `MODE`, on every request:\n"+strings.Join(node.Faults(), ", "))
	return flags
}

// parse returns flag.ErrHelp where help was asked for.
func parse(args []string, getenv func(string) string) (c config, err error) {
	flags := c.flags()
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	if c.kinds != "" {
		c.node.Kinds = strings.Split(c.kinds, ",")
	}
	if err := c.parsePlaces(); err != nil {
		return c, err
	}
	if err := c.check(flags.Args()); err != nil {
		return c, err
	}
	if c.node.Token, err = token(c.tokenFile, "NODE_TOKEN", getenv); err != nil {
		return c, err
	}
	if c.beats.to != "" {
		c.beats.token, err = token(c.beats.tokenFile, "NODE_HEARTBEAT_TOKEN", getenv)
	}
	return c, err
}

func (c *config) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case c.dir == "":
		return errors.New("--dir is required: it names the directory that keeps the items")
	case (c.cert == "") != (c.key == ""):
		return errors.New("--cert and --key go together")
	case c.clientCA != "" && c.cert == "":
		return errors.New("--client-ca needs --cert and --key: clients show certificates over HTTPS only")
	case c.tick < shortestTick || c.tick > time.Minute:
		return fmt.Errorf("--tick %s: want a duration from %s to a minute", c.tick, shortestTick)
	}
	if err := errors.Join(c.checkSidecar(), c.checkBeats()); err != nil {
		return err
	}
	return c.node.Validate()
}

const shortestTick = 10 * time.Millisecond

// token returns the one token that the flag or the environment names, "" if
// neither does. An empty one is an error: it would let everyone in.
func token(file, variable string, getenv func(string) string) (string, error) {
	value, envFile := getenv(variable), getenv(variable+"_FILE")
	switch {
	case file == "" && value != "" && envFile != "":
		return "", fmt.Errorf("both %[1]s and %[1]s_FILE are set", variable)
	case file == "" && envFile == "":
		return value, nil
	case file == "":
		file = envFile
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	read := strings.TrimSpace(string(data))
	if read == "" {
		return "", fmt.Errorf("token: %s is empty", file)
	}
	return read, nil
}

const usage = `Usage: node --dir DIR [flags]

The reference node: a small server that keeps items by kind, as an integration
server keeps its configuration, behind the Node API (docs/providers/node.md).
Items of the kind "schedule" fire by their cron, in UTC: a line on stderr and
GET /v1/fires say when. It holds places of roles while they are granted to it:
those with a role fire only then. As a sidecar it starts and stops another
server by commands, which get ROLE, NUMBER, EPOCH and WITHIN (seconds they may
take; 0: at once) in their environment (docs/failover.md). With --heartbeat it
reports to reconciler serve by itself, and says there that it ends.
`

// help writes the usage, with each flag as people type it.
func help(w io.Writer) error {
	var text strings.Builder
	flags := new(config).flags()
	flags.SetOutput(&text)
	flags.PrintDefaults()
	_, err := io.WriteString(w, usage+strings.ReplaceAll("\n"+text.String(), "\n  -", "\n  --")+"\n")
	return err
}

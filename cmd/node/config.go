package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gitops-reconciler/reconciler/providers/node"
)

// config is what the command line and the environment say.
type config struct {
	listen string // host:port; port 0 takes a free one
	dir    string
	node   node.Options
}

// parse reports what is wrong on stderr, with the usage, and returns it too.
func parse(args []string, getenv func(string) string, stderr io.Writer) (config, error) {
	var c config
	var tokenFile, kinds string
	flags := flag.NewFlagSet("node", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&c.listen, "listen", "127.0.0.1:7101", "`HOST:PORT` to listen on; port 0 takes a free one")
	flags.StringVar(&c.dir, "dir", "", "`DIR` that keeps the items, made if missing (required)")
	flags.StringVar(&c.node.Name, "name", "node", "`NAME` that the status reports")
	flags.StringVar(&tokenFile, "token-file", "", "`FILE` with the bearer token that requests must carry\n(default: the token in $NODE_TOKEN, or the file $NODE_TOKEN_FILE)")
	flags.StringVar(&kinds, "kinds", "", "the only kinds to serve, as `a,b` (default any)")
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	if kinds != "" {
		c.node.Kinds = strings.Split(kinds, ",")
	}
	err := c.check(flags.Args())
	if err == nil {
		c.node.Token, err = token(tokenFile, getenv)
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		flags.Usage()
	}
	return c, err
}

func (c config) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case c.dir == "":
		return errors.New("--dir is required")
	}
	return c.node.Validate()
}

// token returns the one token that the flag or the environment names, "" if
// neither does. An empty one is an error: it would let everyone in.
func token(file string, getenv func(string) string) (string, error) {
	value, envFile := getenv("NODE_TOKEN"), getenv("NODE_TOKEN_FILE")
	switch {
	case file == "" && value != "" && envFile != "":
		return "", errors.New("both NODE_TOKEN and NODE_TOKEN_FILE are set")
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

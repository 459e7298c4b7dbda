package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// arguments checks how many a command is given. missing says what to name where there are too few.
func arguments(least, most int, missing string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		name := strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
		switch {
		case len(args) < least:
			return failf(exitError, "%s: %s", name, missing)
		case len(args) > most:
			return failf(exitError, "%s takes %s, and got %s: '%s --help' shows what can be given", name, takes(least, most), quoted(args), cmd.CommandPath())
		}
		return nil
	}
}

// noArguments is for commands that take flags only.
func noArguments() cobra.PositionalArgs { return arguments(0, 0, "") }

func takes(least, most int) string {
	switch {
	case most == 0:
		return "no argument"
	case least < most:
		return "at most " + count(most, "argument")
	default:
		return count(most, "argument")
	}
}

// quoted are arguments as they were given.
func quoted(args []string) string {
	all := make([]string, len(args))
	for i, arg := range args {
		all[i] = strconv.Quote(arg)
	}
	if len(args) == 1 {
		return all[0]
	}
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}

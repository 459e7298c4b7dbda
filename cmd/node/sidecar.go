package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// commands start and stop what a place stands for on the server beside us; "": there is nothing to do.
type commands struct{ start, stop, force string }

func (c *config) parsePlaces() error {
	if c.places == "" {
		return nil
	}
	for text := range strings.SplitSeq(c.places, ",") {
		var place schema.Place
		if err := place.UnmarshalText([]byte(text)); err != nil {
			return fmt.Errorf("--places: %w", err)
		}
		c.gated = append(c.gated, place)
	}
	return nil
}

// checkSidecar wants a sidecar to know what it must stop before it may say that nothing runs.
func (c *config) checkSidecar() error {
	switch on := c.commands; {
	case on == commands{}:
		return nil
	case on.start == "" || on.stop == "":
		return errors.New("--on-start and --on-stop go together")
	case len(c.gated) == 0:
		return errors.New("--on-start and --on-stop need --places: what this server may hold is stopped before the node says that it is passive")
	}
	return nil
}

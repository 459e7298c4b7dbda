package main

import (
	"context"
	"fmt"
	"net"
)

// supervisor is systemd, where it started us with Type=notify. The zero value is nobody.
type supervisor struct {
	conn    net.Conn
	watches bool          // WatchdogSec: it ends and starts us anew when we are silent
	beats   chan struct{} // that are to be said
}

// dialSupervisor speaks the protocol of sd_notify(3): datagrams to a socket that the environment names. One that
// has no name in the file system begins with @, there as in package net.
func dialSupervisor(ctx context.Context, getenv func(string) string) (supervisor, error) {
	address := getenv("NOTIFY_SOCKET")
	if address == "" {
		return supervisor{}, nil
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unixgram", address)
	if err != nil {
		return supervisor{}, fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	return supervisor{conn, getenv("WATCHDOG_USEC") != "", make(chan struct{}, 1)}, nil
}

// say does not report that nobody listens: systemd then does what it does with those that are silent.
func (s supervisor) say(state string) {
	if s.conn != nil {
		_, _ = s.conn.Write([]byte(state))
	}
}

// alive is called by the loop that stops places in time, and by nobody else. It does not wait for systemd.
func (s supervisor) alive() {
	select {
	case s.beats <- struct{}{}:
	default:
	}
}

// watch passes on that the loop is alive, until the context ends.
func (s supervisor) watch(ctx context.Context) {
	defer context.AfterFunc(ctx, s.close)() // systemd may not listen
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.beats:
			if s.watches {
				s.say("WATCHDOG=1")
			}
		}
	}
}

func (s supervisor) close() {
	if s.conn != nil {
		_ = s.conn.Close()
	}
}

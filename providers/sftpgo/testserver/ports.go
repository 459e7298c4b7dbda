package testserver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Chosen ports lie below those that Linux gives to outgoing connections (32768 and up):
// a server that is down for a restart must not lose its port to a client.
const (
	lowestPort  = 20000
	highestPort = 32000
	portTries   = 100
)

type ports struct{ http, sftp, telemetry int }

// choosePorts fills in the ports that are 0. Another process can take a port before the
// server binds it: Start then chooses again.
func choosePorts(ctx context.Context, o Options) (ports, error) {
	p := ports{http: o.HTTPPort, sftp: o.SFTPPort}
	for _, port := range []*int{&p.http, &p.sftp, &p.telemetry} {
		if *port != 0 {
			continue
		}
		free, err := freePort(ctx, p)
		if err != nil {
			return ports{}, err
		}
		*port = free
	}
	return p, nil
}

func freePort(ctx context.Context, used ports) (int, error) {
	for range portTries {
		port := lowestPort + rand.IntN(highestPort-lowestPort)
		if port != used.http && port != used.sftp && checkFree(ctx, port) == nil {
			return port, nil
		}
	}
	return 0, errors.New("no free port found")
}

// free reports a port that somebody else holds: that server would answer in place of ours.
func (p ports) free(ctx context.Context) error {
	return errors.Join(checkFree(ctx, p.http), checkFree(ctx, p.sftp), checkFree(ctx, p.telemetry))
}

func checkFree(ctx context.Context, port int) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", loopback(port))
	if err != nil {
		return fmt.Errorf("port %d: %w: %w", port, errPortTaken, err)
	}
	return listener.Close()
}

func loopback(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

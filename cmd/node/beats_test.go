package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/node/beat"
	"github.com/gitops-reconciler/reconciler/providers/node"
	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/probe"
)

// hears listens for heartbeats over TLS, and passes them on. Who believes it finds its authority in the folder, as
// ca.pem.
func hears(t *testing.T, dir string) (url string, heard chan health.Beat) {
	t.Helper()
	newAuthority(t, dir, "ca").issue(t, "serve", &x509.Certificate{})
	certificate, err := tls.LoadX509KeyPair(filepath.Join(dir, "serve.pem"), filepath.Join(dir, "serve.key"))
	if err != nil {
		t.Fatal(err)
	}
	on, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	heard = make(chan health.Beat, 1000)
	l := probe.Listener{Token: "s3cret", Knows: func(serial string) bool { return serial == "1001" }, Deliver: func(events ...health.Event) bool {
		for _, e := range events {
			heard <- e.(health.Beat)
		}
		return true
	}}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	secure := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	go func() {
		served <- l.Serve(ctx, tls.NewListener(on, secure), time.Minute, slog.New(slog.DiscardHandler))
	}()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return "https://" + on.Addr().String(), heard
}

// TestHeartbeats: a node sends them, with what ails it, and at its end the last one.
func TestHeartbeats(t *testing.T) {
	dir := t.TempDir()
	to, heard := hears(t, dir)
	e := environ{"NODE_HEARTBEAT_TOKEN": "s3cret"}
	args := []string{"--dir", t.TempDir(), "--serial", "1001", "--heartbeat", to, "--heartbeat-every", "100ms", "--heartbeat-ca", filepath.Join(dir, "ca.pem")}
	_, stop := e.start(t, args...)
	first, second := <-heard, <-heard
	if first.Serial != "1001" || first.Boot == "" || first.Boot != second.Boot || first.Sequence != 1 || second.Sequence != 2 || first.Closing {
		t.Errorf("got %+v, %+v", first, second)
	}
	if ails, says := first.Components["leases"]; !says || ails != "" {
		t.Errorf("of its parts it says %v", first.Components)
	}
	code, log := stop()
	last := second
	for len(heard) > 0 {
		last = <-heard
	}
	if code != exitOK || !last.Closing || last.Boot != first.Boot {
		t.Errorf("it ends with %d after %+v; it said %s", code, last, log)
	}
	_, stop = e.start(t, args...)
	again := <-heard
	if again.Boot == first.Boot {
		t.Error("two starts have one boot")
	}
	stop()
}

// TestHeartbeatsRefused: what the other side says is in the log, once; the token is not.
func TestHeartbeatsRefused(t *testing.T) {
	dir := t.TempDir()
	newAuthority(t, dir, "other")
	to, _ := hears(t, dir)
	for name, test := range map[string]struct{ token, serial, ca, want string }{
		"a wrong token":    {"guess5", "1001", "ca.pem", "401 Unauthorized: give the cluster's token"},
		"no such peer":     {"s3cret", "1009", "ca.pem", "404 Not Found: no peer \\\"1009\\\" sends heartbeats here"},
		"a stranger hears": {"s3cret", "1001", "other.pem", "certificate signed by unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			e := environ{"NODE_HEARTBEAT_TOKEN": test.token}
			_, stop := e.start(t, "--dir", t.TempDir(), "--serial", test.serial, "--heartbeat", to, "--heartbeat-every", "100ms", "--heartbeat-ca", filepath.Join(dir, test.ca))
			code, log := stop()
			if code != exitOK || strings.Contains(log, test.token) {
				t.Errorf("it ends with %d: %s", code, log)
			}
			if !strings.Contains(log, test.want) || strings.Count(log, "do not arrive") != 1 {
				t.Errorf("it says %s, want %s once", log, test.want)
			}
		})
	}
}

// TestHeartbeatFlags says what is wrong with them.
func TestHeartbeatFlags(t *testing.T) {
	for want, args := range map[string][]string{
		"--heartbeat: want http":                       {"--heartbeat", "serve:1559"},
		"need --heartbeat: it says where":              {"--serial", "1001"},
		"and --heartbeat is http":                      {"--heartbeat", "http://serve:1559", "--heartbeat-ca", "ca.pem"},
		"--heartbeat-every 1ms: want a duration from":  {"--heartbeat", "http://serve:1559", "--heartbeat-every", "1ms"},
		"--heartbeat-ca: open":                         {"--heartbeat", "https://serve:1559", "--heartbeat-ca", filepath.Join(t.TempDir(), "none")},
		"both NODE_HEARTBEAT_TOKEN and NODE_HEARTBEAT": {"--heartbeat", "https://serve:1559"},
	} {
		e := environ{}
		if strings.HasPrefix(want, "both") {
			e = environ{"NODE_HEARTBEAT_TOKEN": "a", "NODE_HEARTBEAT_TOKEN_FILE": "b"}
		}
		var stderr strings.Builder
		code := e.run(t.Context(), &stderr, &stderr, append(args, "--dir", t.TempDir(), "--listen", "127.0.0.1:0")...)
		if code == exitOK || !strings.Contains(stderr.String(), want) {
			t.Errorf("%v: it ends with %d: %s; want %s", args, code, stderr.String(), want)
		}
	}
}

// leaving is a half that leaves at once, or cannot.
type leaving struct{ err error }

func (l leaving) Tenure() (node.Tenure, error) { return node.Tenure{}, nil }
func (l leaving) Leave(context.Context) error  { return l.err }

// TestLastWord: the last heartbeat says that nothing runs, so it is sent only where that is so.
func TestLastWord(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		left error
		want int
	}{
		"all has stopped":      {nil, 1},
		"something still runs": {context.Canceled, 0},
	} {
		sent := 0
		s := beat.New(beat.Options{Serial: "1001", Boot: "a", Every: time.Second, Post: func(_ context.Context, b probe.Beat) error {
			if sent++; !b.Closing {
				t.Errorf("%s: it sends %+v", name, b)
			}
			return nil
		}})
		depart(t.Context(), leaving{test.left}, s)
		if sent != test.want {
			t.Errorf("%s: it sends %d heartbeats, want %d", name, sent, test.want)
		}
	}
}

// TestFarewell: a node that ends still answers until what it held was taken from it, and no longer than it must.
func TestFarewell(t *testing.T) {
	scheduler, pool := node.Place{Role: "scheduler"}, node.Place{Role: "pool", Number: 1}
	held := map[node.Place]uint64{scheduler: 3, pool: 7}
	for name, test := range map[string]struct {
		taken map[node.Place]time.Duration // when each is taken away
		held  map[node.Place]uint64
		want  time.Duration
	}{
		"at once":      {map[node.Place]time.Duration{scheduler: 0, pool: 0}, held, 0},
		"one by one":   {map[node.Place]time.Duration{scheduler: 0, pool: time.Second}, held, time.Second},
		"never":        {nil, held, farewell},
		"only one":     {map[node.Place]time.Duration{scheduler: 0}, held, farewell},
		"it held none": {nil, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				revoked(t.Context(), func() (node.Tenure, error) {
					places := map[node.Place]node.Tenant{}
					for place, epoch := range test.held {
						if at, taken := test.taken[place]; taken && time.Since(began) >= at {
							epoch++
						}
						places[place] = node.Tenant{Epoch: epoch, State: "passive"}
					}
					return node.Tenure{Places: places}, nil
				}, test.held)
				if took := time.Since(began); took != test.want {
					t.Errorf("it answers for %s more, want %s", took, test.want)
				}
			})
		})
	}
}

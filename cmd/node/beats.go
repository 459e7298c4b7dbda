package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	random "math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/node/beat"
	"github.com/gitops-reconciler/reconciler/providers/node"
	"github.com/gitops-reconciler/reconciler/reconcile/probe"
)

// beats is where heartbeats go, and how.
type beats struct {
	to        string // the listener of serve, as a URL; "": none are sent
	serial    string
	every     time.Duration
	tokenFile string
	token     string
	ca        string // a PEM file; "": the system's authorities
}

const (
	mostBeats  = 100 * time.Millisecond
	leastBeats = time.Hour
)

// checkBeats also completes what is left out.
func (c *config) checkBeats() error {
	b := &c.beats
	switch {
	case b.to == "" && (b.tokenFile != "" || b.ca != "" || b.serial != ""):
		return errors.New("--serial, --heartbeat-token-file and --heartbeat-ca need --heartbeat: it says where heartbeats go")
	case b.to == "":
		return nil
	case b.every < mostBeats || b.every > leastBeats:
		return fmt.Errorf("--heartbeat-every %s: want a duration from %s to %s", b.every, mostBeats, leastBeats)
	}
	b.serial = cmp.Or(b.serial, c.node.Name)
	return b.complete()
}

// complete adds the path that heartbeats go to.
func (b *beats) complete() error {
	u, err := url.Parse(b.to)
	if err != nil || u.Host == "" || *u != (url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}) || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("--heartbeat: want http://HOST:PORT or https://HOST:PORT, as health.listen of the cluster has it")
	}
	if u.Scheme == "http" && b.ca != "" {
		return errors.New("--heartbeat-ca says whom to believe over https, and --heartbeat is http")
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = probe.Path
	}
	b.to = u.String()
	return nil
}

// sender sends what ails the node; nil where no heartbeats are to be sent. closes lets go of its connection.
func (b beats) sender(n *node.Node, log *slog.Logger) (s *beat.Sender, closes func(), err error) {
	if b.to == "" {
		return nil, func() {}, nil
	}
	client, err := b.client()
	if err != nil {
		return nil, nil, err
	}
	s = beat.New(beat.Options{
		Serial: b.serial, Boot: rand.Text(), Every: b.every, Jitter: random.Float64, Ails: n.Ails,
		Post: func(ctx context.Context, beat probe.Beat) error { return b.post(ctx, client, beat) },
		Told: func(err error) {
			if err == nil {
				log.Info("heartbeats arrive again")
				return
			}
			log.Warn("heartbeats do not arrive", "error", err)
		},
	})
	return s, client.CloseIdleConnections, nil
}

func (b beats) client() (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost, transport.MaxConnsPerHost = 1, 1
	if b.ca != "" {
		pem, err := os.ReadFile(b.ca)
		if err != nil {
			return nil, fmt.Errorf("--heartbeat-ca: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--heartbeat-ca %s: it holds no certificate in PEM", b.ca)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Transport: transport, CheckRedirect: stay}, nil
}

// post sends one. Its error says what the other side said, and has no token in it.
func (b beats) post(ctx context.Context, client *http.Client, beat probe.Beat) error {
	body, err := json.Marshal(beat)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.to, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if b.token != "" {
		request.Header.Set("Authorization", "Bearer "+b.token)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	const most = 300
	said, err := io.ReadAll(io.LimitReader(response.Body, most))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode != http.StatusNoContent {
		return fmt.Errorf("%s answers %s: %s", b.to, response.Status, strings.TrimSpace(string(said)))
	}
	return nil
}

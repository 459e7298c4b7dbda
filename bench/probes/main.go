//go:build linux

// Command probes measures what it costs to watch many peers: to ask each every few seconds how it is, and to
// reach verdicts, all in this process. The peers answer from another one, which is not in the figures, each at
// an address of its own (127.1.X.Y).
//
//	go run ./bench/probes -peers 5000 -every 5s -for 60s
//	go run ./bench/probes -tls
package main

import (
	"bufio"
	"context"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/probe"
	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

func main() {
	o := options{}
	flag.IntVar(&o.peers, "peers", 5000, "peers")
	flag.DurationVar(&o.every, "every", 5*time.Second, "between two probes of a peer")
	flag.DurationVar(&o.lasts, "for", time.Minute, "how long to measure, once all have answered")
	flag.BoolVar(&o.tls, "tls", false, "over TLS")
	percent := flag.Int("gc", 50, "garbage is collected when there is so much of what lives, in percent; serve's own is 50")
	flag.IntVar(&o.keep, "keep", 12, "so many probes use one connection")
	answers := flag.Bool("answer", false, "be the peers (for this program itself)")
	flag.Parse()
	debug.SetGCPercent(*percent)
	run := o.measure
	if *answers {
		run = o.answer
	}
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "probes:", err)
		os.Exit(1)
	}
}

type options struct {
	peers        int
	every, lasts time.Duration
	tls          bool
	keep         int
}

// answer is all peers, until its input ends. It says at which port they are, and who vouches for them.
func (o options) answer(ctx context.Context) error {
	on, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "0.0.0.0:0")
	if err != nil {
		return err
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"ok": true}`)) // who asked is gone
	}))
	server.Listener = on
	if !o.tls {
		server.Start()
	} else {
		server.StartTLS()
	}
	defer server.Close()
	fmt.Println(on.Addr().(*net.TCPAddr).Port)
	if o.tls {
		fmt.Print(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	}
	if err := os.Stdout.Close(); err != nil {
		return err
	}
	_, err = bufio.NewReader(os.Stdin).ReadByte()
	if err != nil && err.Error() != "EOF" {
		return err
	}
	return nil
}

// stage starts the peers. They end with the standard input that is returned.
func (o options) stage(ctx context.Context) (port string, ca []byte, end func() error, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-answer", fmt.Sprintf("-tls=%t", o.tls))
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		return "", nil, nil, err
	}
	end = func() error { return errors.Join(in.Close(), cmd.Wait()) }
	var said strings.Builder
	if _, err := bufio.NewReader(out).WriteTo(&said); err != nil {
		return "", nil, nil, errors.Join(err, end())
	}
	port, certificate, _ := strings.Cut(said.String(), "\n")
	if certificate != "" {
		ca = []byte(certificate)
	}
	return port, ca, end, nil
}

// definition is that of the reference node.
func definition() (*rest.Definition, error) {
	file := "package bench\n\nimport \"github.com/gitops-reconciler/reconciler/providers/node\"\n\ncluster: node.#Cluster & {name: \"bench\", peers: \"1\": address: \"127.0.0.1\"}\n"
	result := load.Load(load.Input{Dir: ".", Files: map[string][]byte{"cluster.cue": []byte(file)}})
	if len(result.Problems) > 0 {
		return nil, fmt.Errorf("the cluster is invalid: %v", result.Problems[0])
	}
	return rest.Parse(result.Cluster.Provider)
}

// targets are the peers, each with a client of its own.
func (o options) targets(port string, ca []byte) ([]probe.Target, error) {
	d, err := definition()
	if err != nil {
		return nil, err
	}
	scheme := map[bool]string{false: "http", true: "https"}[o.tls]
	targets := make([]probe.Target, o.peers)
	for i := range targets {
		address := fmt.Sprintf("%s://127.1.%d.%d:%s", scheme, i/250, 1+i%250, port)
		client, err := d.Open(address, rest.Credentials{}, rest.Options{Timeout: 3 * time.Second, Probes: o.keep, CA: ca, ServerName: map[bool]string{true: "example.com"}[o.tls]})
		if err != nil {
			return nil, err
		}
		targets[i] = probe.Target{Serial: fmt.Sprint(1001 + i), Client: client, Probe: o.every, Timeout: 3 * time.Second}
	}
	return targets, nil
}

func (o options) measure(ctx context.Context) (err error) {
	port, ca, end, err := o.stage(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	targets, err := o.targets(port, ca)
	if err != nil {
		return err
	}
	w := o.watch(targets)
	ctx, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()
	group.Go(func() { w.prober.Run(ctx) })
	for range 60 { // until every connection was made once
		if w.run(2 * time.Second); w.live() {
			break
		}
	}
	before := w.usage()
	w.run(o.lasts)
	w.report(before, w.usage(), o.lasts)
	return nil
}

// watch is all that serve does about health.
type watch struct {
	prober *probe.Prober
	inbox  probe.Inbox
	state  *health.State
	probes int
	told   map[health.Kind]int
}

func (o options) watch(targets []probe.Target) *watch {
	w := &watch{told: map[health.Kind]int{}}
	w.prober = probe.New(0, time.Now, w.inbox.Put)
	w.prober.Watch(targets)
	var config health.Config
	for _, t := range targets {
		config.Peers = append(config.Peers, health.Peer{Serial: t.Serial, Policy: health.Policy{Probe: t.Probe, Timeout: t.Timeout, Dead: 6 * t.Probe, Warn: 3 * t.Probe, Confirm: true, Rise: 2}})
	}
	w.state = health.New(config)
	return w
}

// run takes a step every second.
func (w *watch) run(lasts time.Duration) {
	tick := time.NewTicker(health.Tick)
	defer tick.Stop()
	for end := time.Now().Add(lasts); time.Now().Before(end); {
		now := <-tick.C
		events := w.inbox.Take()
		w.probes += len(events)
		signals := w.state.Step(now, events...)
		w.prober.Ask(signals...)
		for _, s := range signals {
			w.told[s.Kind]++
		}
	}
}

// live tells whether all peers were heard of.
func (w *watch) live() bool {
	for _, verdict := range w.state.Verdicts() {
		if verdict != health.Live {
			return false
		}
	}
	return true
}

type usage struct {
	cpu    time.Duration
	rss    int64 // the most so far, in kB
	probes int
}

func (w *watch) usage() usage {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return usage{}
	}
	return usage{time.Duration(u.Utime.Nano() + u.Stime.Nano()), u.Maxrss, w.probes}
}

func (w *watch) report(before, after usage, lasts time.Duration) {
	verdicts := map[health.Verdict]int{}
	failed := 0
	for _, v := range w.state.View() {
		verdicts[v.Verdict]++
		if v.Cause == schema.Unreachable {
			failed++
		}
	}
	cpu := after.cpu - before.cpu
	fmt.Printf("%d probes in %s: %.1f%% of a core, %.0f us each, %d MB at most; verdicts %v, told %v, silent at the end %d\n",
		after.probes-before.probes, lasts, 100*cpu.Seconds()/lasts.Seconds(), float64(cpu.Microseconds())/float64(max(after.probes-before.probes, 1)),
		after.rss>>10, verdicts, w.told, failed)
}

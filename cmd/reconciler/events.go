package main

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/gitops-reconciler/reconciler/cmd/reconciler/diagnostics"
	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

// event is one line of --events; docs/schema/event.json describes it.
type event struct {
	Version int       `json:"version"` // of this format
	Seq     int       `json:"seq"`     // from 1
	Time    time.Time `json:"time"`
	Type    string    `json:"type"`

	Command  string           `json:"command,omitempty"`
	Program  string           `json:"program,omitempty"`
	Cluster  string           `json:"cluster,omitempty"`
	Revision string           `json:"revision,omitempty"`
	Peers    []string         `json:"peers,omitempty"`
	Peer     string           `json:"peer,omitempty"`
	Phase    reconcile.Phase  `json:"phase,omitempty"`
	Done     *int             `json:"done,omitempty"`
	Total    *int             `json:"total,omitempty"`
	Problem  string           `json:"problem,omitempty"`
	Change   *plan.Change     `json:"change,omitempty"`
	Status   reconcile.Status `json:"status,omitempty"`
	Plan     *planJSON        `json:"plan,omitempty"`
	Report   *reportJSON      `json:"report,omitempty"`
	Code     *int             `json:"code,omitempty"`
	Error    string           `json:"error,omitempty"`
}

// recorder writes events, each as soon as it happens. A nil one writes none. What it cannot write must not
// stop an apply: the first error is told at the end.
type recorder struct {
	clock func() time.Time

	mu  sync.Mutex // guards what follows
	to  io.WriteCloser
	seq int
	err error
}

// openEvents begins to record, if --events asks for it.
func (a *app) openEvents(command string) error {
	var to io.WriteCloser
	switch a.eventsTo {
	case "":
		return nil
	case "-":
		to = unclosed{a.stdout}
	default:
		f, err := os.OpenFile(a.eventsTo, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return failf(exitError, "--events: %w", err)
		}
		to = f
	}
	a.record = &recorder{clock: a.clock, to: to}
	a.record.add(event{Type: "start", Command: command, Program: version()})
	return nil
}

// unclosed is a writer that somebody else closes.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }

func (r *recorder) add(e event) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seq++
	e.Version, e.Seq, e.Time = 1, r.seq, r.clock().UTC()
	line, err := diagnostics.JSONLine(e)
	if err == nil {
		_, err = r.to.Write(line)
	}
	if r.err == nil {
		r.err = err
	}
}

func (r *recorder) cluster(c loaded) {
	r.add(event{Type: "cluster", Cluster: c.Name, Revision: c.revision, Peers: c.Serials()})
}

// progress takes what the engine tells.
func (r *recorder) progress(e reconcile.Event) {
	if e.Result != nil {
		r.add(event{Type: "change", Peer: e.Peer, Done: &e.Done, Total: &e.Total, Change: &e.Result.Change, Status: e.Result.Status, Error: e.Result.Error})
		return
	}
	r.add(event{Type: "peer", Peer: e.Peer, Phase: e.Phase, Done: &e.Done, Total: &e.Total, Problem: e.Problem})
}

func (r *recorder) plan(p plan.Plan, made *savedPlan) {
	if r != nil {
		d := planDocument(p, made)
		r.add(event{Type: "plan", Plan: &d})
	}
}

func (r *recorder) report(report reconcile.Report) {
	if r != nil {
		d := reportDocument(report)
		r.add(event{Type: "report", Report: &d})
	}
}

// end writes the last event, and returns what kept any of them from being written.
func (r *recorder) end(code int, err error) error {
	if r == nil {
		return nil
	}
	last := event{Type: "end", Code: &code}
	var e exit
	switch {
	case err == nil, errors.As(err, &e) && e.err == nil:
	case errors.Is(err, context.Canceled):
		last.Error = "interrupted"
	default:
		last.Error = err.Error()
	}
	r.add(last)
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.err, r.to.Close())
}

// told lets both people and --events know what happens.
func (a *app) told(c loaded, p *progress) func(reconcile.Event) {
	a.record.cluster(c)
	if a.record == nil {
		return p.tell
	}
	return func(e reconcile.Event) {
		p.tell(e)
		a.record.progress(e)
	}
}

package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/reconcile/loop"
	"github.com/gitops-reconciler/reconciler/reconcile/source"
)

// shared is a ui that several goroutines may use, line by line.
func (u *ui) shared() *ui {
	s := *u
	s.out, s.err, s.said = &locked{w: u.out}, &locked{w: u.err}, map[string]string{}
	return &s
}

// locked is a writer for one at a time.
type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func (u *ui) serving(socket, address string) {
	u.note("Serving. Other commands reach it at %s.", printable(socket))
	if address != "" {
		u.note("Probes and metrics: %s/livez, /readyz and /metrics", address)
	}
}

// following says what is read, where that is not the folder's own repository.
func (u *ui) following(f repoFlags, from repository) {
	r, is := from.(remote)
	if !is {
		return
	}
	branch := "branch " + short(f.branch)
	if f.branch == "" {
		branch = "the branch that HEAD stands for"
	}
	u.note("Following %s of %s.", branch, oneLine(r.String()))
}

// serveState says how things stand with the serve that holds the state, if one does.
func (u *ui) serveState(s *loop.Status) string {
	if s == nil {
		return ""
	}
	var b strings.Builder
	switch {
	case s.Revision == "":
		fmt.Fprintf(&b, "serve: %s\n", unready(s))
	case s.Round == nil:
		fmt.Fprintf(&b, "serve: %s is in force; the first round is under way\n", revision(s.Revision, s.Subject))
	default:
		fmt.Fprintf(&b, "serve: %s is in force; last round ended %s, next %s\n",
			revision(s.Revision, s.Subject), s.Round.Ended.Format(time.RFC3339), s.Next.Format(time.RFC3339))
	}
	if s.Refused != nil && s.Revision != "" {
		fmt.Fprintf(&b, "serve: %s %s is refused: %s\n", paint(u.outColor, red, "alarm:"), shortly(s.Refused.Revision), oneLine(s.Refused.Why))
	}
	if s.Blind != "" && s.Revision != "" {
		fmt.Fprintf(&b, "serve: %s what is desired cannot be found out: %s\n", paint(u.outColor, red, "alarm:"), oneLine(s.Blind))
	}
	if s.Round != nil && s.Round.Error != "" {
		fmt.Fprintf(&b, "serve: %s the last round failed: %s\n", paint(u.outColor, red, "alarm:"), oneLine(s.Round.Error))
	}
	return b.String()
}

// served says what happened in a loop. A round in which nothing was to be done says nothing.
func (u *ui) served(e loop.Event) {
	text := oneLine(e.Text)
	switch e.Kind {
	case loop.InForce:
		u.note("%s is in force", revision(e.Revision, e.Text))
	case loop.Followed:
		u.note("%s is in force for who holds the roles now", revision(e.Revision, e.Text))
	case loop.NotTaken:
		u.note("%s %s is refused, and what was in force stays so: %s", paint(u.errColor, red, "alarm:"), shortly(e.Revision), text)
	case loop.Blinded:
		u.note("%s what is desired cannot be found out, and what was in force stays so: %s", paint(u.errColor, red, "alarm:"), text)
	case loop.Sighted:
		u.note("what is desired can be found out again")
	case loop.RoundFail:
		u.note("%s the round failed: %s", paint(u.errColor, red, "alarm:"), text)
	case loop.Rounded:
		u.rounded(*e.Report)
	}
}

// rewound says that a branch does not lead on.
func (u *ui) rewound(t source.Tree) {
	u.note("warning: %s leads back: it was read before, or is older than the commit before it. Somebody rewound or rewrote the branch; what it says now is what is wanted",
		revision(t.Revision, t.Author+": "+t.Subject))
}

// exported says once that who holds what cannot be recorded, and once that it can again.
func (u *ui) exported(branch string, err error) {
	if err == nil {
		u.note("who holds what is on branch %s again", short(branch))
		return
	}
	u.note("warning: who holds what is not on branch %s: %s. It is tried again with every change and round; no role waits for it",
		short(branch), oneLine(err.Error()))
}

// rounded says what a round did, and to whom. What keeps a peer from being read is said once, not in every round.
func (u *ui) rounded(r reconcile.Report) {
	for _, peer := range r.Peers {
		n := reconcile.Report{Peers: []reconcile.PeerReport{peer}}.Counts()
		if peer.Problem != "" && peer.Problem != u.said[peer.Serial] {
			u.note("%s: %s", peer.Serial, oneLine(peer.Problem))
		}
		u.said[peer.Serial] = peer.Problem
		if did := did(n); did != "" {
			u.note("%s: %s", peer.Serial, did)
		}
		for _, result := range peer.Results {
			if result.Status == reconcile.Failed {
				u.note("%s: %s failed: %s", peer.Serial, itemName(result.Change.Key), oneLine(result.Error))
			}
		}
	}
}

// did is what became of changes, in words; "" if there were none.
func did(n reconcile.Counts) string {
	var parts []string
	for _, part := range []struct {
		n    int
		text string
	}{{n.Applied, "applied "}, {n.Failed, "failed "}, {n.Held, "held "}, {n.NotAttempted, "not attempted "}} {
		if part.n > 0 {
			parts = append(parts, part.text+count(part.n, "change"))
		}
	}
	return strings.Join(parts, ", ")
}

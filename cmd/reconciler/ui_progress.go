package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gitops-reconciler/reconciler/reconcile"
	"github.com/gitops-reconciler/reconciler/schema"
)

// most is how many peers have a bar each; beyond it there is one for all.
const most = 20

// progress shows how far each peer has come: bars on a terminal, lines elsewhere.
type progress struct {
	ui      *ui
	serials []string

	mu    sync.Mutex
	last  map[string]reconcile.Event
	drawn int    // lines on the terminal that are ours
	shown string // what they say
}

func (u *ui) progress(c *schema.Cluster) *progress {
	return &progress{ui: u, serials: c.Serials(), last: map[string]reconcile.Event{}}
}

// tell takes an event, from any goroutine.
func (p *progress) tell(e reconcile.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last[e.Peer] = e
	if p.ui.terminal.err {
		p.draw()
		return
	}
	p.line(e)
}

// close takes the bars away; what is printed next begins on a line of its own.
func (p *progress) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn > 0 {
		_, _ = fmt.Fprintf(p.ui.err, "\x1b[%dA\x1b[J", p.drawn)
	}
	p.drawn, p.shown = 0, ""
}

// interrupted answers a Ctrl-C at once, since finishing what is under way may take a while.
func (p *progress) interrupted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ui.note("Interrupted: finishing what is under way. Once more stops at once.")
	p.drawn, p.shown = 0, "" // the bars go on below
}

// line tells of what a log should have: where work begins, what fails, where it ends.
func (p *progress) line(e reconcile.Event) {
	switch {
	case e.Result != nil && e.Result.Status == reconcile.Failed:
		p.ui.note("%s: %s failed: %s", e.Peer, itemName(e.Result.Change.Key), oneLine(e.Result.Error))
	case e.Problem != "" && e.Phase == reconcile.Done: // one in reading is in the plan
		p.ui.note("%s: %s", e.Peer, oneLine(e.Problem))
	case e.Phase == reconcile.Applying && e.Done == 0 && e.Total > 0:
		p.ui.note("%s: applying %s", e.Peer, count(e.Total, "change"))
	case e.Phase == reconcile.Done && e.Total > 0:
		p.ui.note("%s: done, %d of %d", e.Peer, e.Done, e.Total)
	}
}

// draw redraws the bars if they would look different.
func (p *progress) draw() {
	lines := p.bars()
	text := strings.Join(lines, "\n") + "\n"
	if text == p.shown {
		return
	}
	var up string
	if p.drawn > 0 {
		up = fmt.Sprintf("\x1b[%dA", p.drawn)
	}
	_, _ = fmt.Fprint(p.ui.err, up+"\x1b[J"+text)
	p.shown, p.drawn = text, len(lines)
}

func (p *progress) bars() []string {
	if len(p.serials) > most {
		return []string{p.total()}
	}
	width := len(slices.MaxFunc(p.serials, func(a, b string) int { return len(a) - len(b) }))
	var lines []string
	for _, serial := range p.serials {
		e, known := p.last[serial]
		if known {
			lines = append(lines, p.cut(fmt.Sprintf("%-*s %s", width, serial, bar(e))))
		}
	}
	return lines
}

func bar(e reconcile.Event) string {
	const cells = 24
	switch {
	case e.Problem != "":
		return "! " + oneLine(e.Problem)
	case e.Total > 0:
		full := cells * e.Done / e.Total
		return fmt.Sprintf("[%s%s] %d/%d", strings.Repeat("#", full), strings.Repeat("-", cells-full), e.Done, e.Total)
	default:
		return string(e.Phase)
	}
}

func (p *progress) total() string {
	var done, total, finished int
	for _, e := range p.last {
		done, total = done+e.Done, total+e.Total
		if e.Phase == reconcile.Read || e.Phase == reconcile.Done {
			finished++
		}
	}
	return p.cut(fmt.Sprintf("%d of %d peers, %s", finished, len(p.serials), bar(reconcile.Event{Done: done, Total: total, Phase: reconcile.Reading})))
}

// cut keeps a line from wrapping, which would spoil the count of lines to go back.
func (p *progress) cut(line string) string {
	runes := []rune(line)
	if width := p.ui.terminal.width; width > 0 && len(runes) >= width {
		return string(runes[:width-1])
	}
	return line
}

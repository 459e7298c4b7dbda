package probe

import (
	"container/heap"
	"time"
)

// heed does what was said from outside.
func (l *loop) heed() {
	targets, changed, asks := l.told()
	if changed {
		l.watch(targets)
	}
	for _, signal := range asks {
		if p := l.peers[signal.Serial]; p != nil {
			l.question(p, signal.Ask)
		}
	}
}

// question has a peer asked once more. If it waits to be asked already, that will do.
func (l *loop) question(p *peer, number uint64) {
	if p.ask != nil {
		p.ask.ask = number
		return
	}
	p.ask = &task{peer: p, ask: number, place: -1}
	l.lanes[asked].waiting = append(l.lanes[asked].waiting, p.ask)
}

func (l *loop) watch(targets []Target) {
	now := l.clock()
	stay := make(map[string]*peer, len(targets))
	for _, target := range targets {
		p := l.peers[target.Serial]
		if p == nil {
			p = &peer{}
		}
		p.Target = target
		p.live = l.plan(p, p.live, target.Probe, false, now)
		p.deep = l.plan(p, p.deep, target.Deep, true, now)
		stay[target.Serial] = p
	}
	for serial, p := range l.peers {
		if stay[serial] == nil {
			p.gone = true
			l.drop(p.live)
			l.drop(p.deep)
		}
	}
	l.peers = stay
}

// plan has a probe made every so often, beginning at a time of the peer's own; one that is made as often
// already keeps its turn.
func (l *loop) plan(p *peer, t *task, every time.Duration, deep bool, now time.Time) *task {
	if t != nil && t.every == every {
		return t
	}
	l.drop(t)
	if every <= 0 {
		return nil
	}
	t = &task{peer: p, deep: deep, every: every, due: now.Add(phase(p.Serial, deep, every))}
	heap.Push(&l.schedule, t)
	return t
}

// drop has a task not made again.
func (l *loop) drop(t *task) {
	if t == nil {
		return
	}
	t.every = 0
	if t.place >= 0 {
		heap.Remove(&l.schedule, t.place)
	}
}

package loop

import (
	"context"
	"errors"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile"
)

// owner is all that a running loop knows; one goroutine has it.
type owner struct {
	*Loop
	status  Status // to be published
	desired Desired
	seen    string // the last revision that was looked at, in force or refused
	look    job[sight]
	round   job[outcome]
}

// sight is what came of looking for a revision.
type sight struct {
	desired Desired
	err     error
}

// outcome is what came of a round.
type outcome struct {
	desired Desired
	started time.Time
	report  reconcile.Report
	err     error
}

func newOwner(l *Loop) *owner {
	now := l.options.Clock()
	return &owner{Loop: l, status: Status{Version: 1}, look: newJob[sight](now), round: newJob[outcome](now)}
}

// begin starts what is due.
func (o *owner) begin(ctx context.Context) {
	now := o.options.Clock()
	seen := o.seen
	o.look.start(ctx, now, func(ctx context.Context) sight {
		desired, err := o.source.Latest(ctx, seen)
		return sight{desired, err}
	})
	if desired := o.desired; desired.Cluster != nil {
		o.round.start(ctx, now, func(ctx context.Context) outcome {
			report, err := o.rounds.Round(ctx, desired)
			return outcome{desired, now, report, err}
		})
	}
	o.publish()
}

func (o *owner) publish() {
	o.status.Reconciling, o.status.Next = o.round.running, o.round.due.UTC()
	o.Loop.status.Store(o.status.copy())
}

// tell tells what happened once the status says so too.
func (o *owner) tell(e Event) {
	o.publish()
	o.options.Events(e)
}

// pause is how long there is nothing to start.
func (o *owner) pause() time.Duration {
	const long = time.Hour
	now, pause := o.options.Clock(), long
	if d, ok := o.look.waits(now); ok {
		pause = min(pause, d)
	}
	if d, ok := o.round.waits(now); ok && o.desired.Cluster != nil {
		pause = min(pause, d)
	}
	return pause
}

func (o *owner) end() {
	o.look.end()
	o.round.end()
}

// hurry makes everything due. A revision that was refused is looked at once more: what was in its way may be gone.
func (o *owner) hurry() {
	now := o.options.Clock()
	o.seen = o.desired.Revision
	o.look.hurry(now)
	o.round.hurry(now)
}

// found takes what came of looking for a revision.
func (o *owner) found(s sight) {
	now := o.options.Clock()
	o.look.ended(now, o.options.Poll)
	refused, _ := errors.AsType[*Refused](s.err)
	if s.err != nil && refused == nil {
		o.blind(s.err)
		return
	}
	if !o.again(s.desired, refused) {
		o.sighted(now)
	}
	switch {
	case refused != nil:
		o.seen, o.status.Refused = refused.Revision, refused
		o.tell(Event{Kind: NotTaken, Revision: refused.Revision, Text: refused.Why})
	case s.desired.Cluster != nil:
		o.force(s.desired, now)
	}
}

// again tells whether what was found is about the revision in force itself, for who holds the roles now. It takes no look
// at where revisions come from, so it shows nothing of that.
func (o *owner) again(d Desired, refused *Refused) bool {
	if refused != nil {
		return refused.Revision == o.desired.Revision
	}
	return d.Cluster != nil && d.Revision == o.desired.Revision
}

func (o *owner) blind(err error) {
	if why := err.Error(); why != o.status.Blind {
		o.status.Blind = why
		o.tell(Event{Kind: Blinded, Text: why})
	}
}

func (o *owner) sighted(now time.Time) {
	if o.status.Blind != "" {
		o.status.Blind = ""
		o.tell(Event{Kind: Sighted})
	}
	o.status.Looked = now.UTC()
}

// force takes a revision into force, or the same one as it reads now. A round of the one before is cut short: it would
// lead somewhere else.
func (o *owner) force(d Desired, now time.Time) {
	kind := Followed
	if o.desired.Cluster == nil || d.Revision != o.desired.Revision {
		kind, o.status.Since = InForce, now.UTC()
	}
	o.seen, o.desired, o.status.Refused = d.Revision, d, nil
	o.status.Cluster, o.status.Revision, o.status.Subject = d.Cluster.Name, d.Revision, d.Subject
	o.tell(Event{Kind: kind, Revision: d.Revision, Text: d.Subject, Desired: d})
	o.round.hurry(now)
	if o.round.running {
		o.round.cancel()
	}
}

// ended takes what came of a round.
func (o *owner) ended(e outcome) {
	now := o.options.Clock()
	o.round.ended(now, o.options.Round)
	round := Round{
		Revision: e.desired.Revision, Started: e.started.UTC(), Ended: now.UTC(),
		Counts: e.report.Counts(), Peers: peers(e.report),
	}
	event := Event{Kind: Rounded, Revision: e.desired.Revision, Report: &e.report}
	if e.err != nil {
		round.Error = e.err.Error()
		event.Kind, event.Text = RoundFail, round.Error
	}
	o.status.Round = &round
	o.tell(event)
}

package health

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Policy is how the verdict on a peer is reached. What is 0 is not done, but for Timeout, Warn and Rise.
type Policy struct {
	Probe     time.Duration // it is asked this often
	Timeout   time.Duration // for one answer; 0: as Probe
	Deep      time.Duration // the dearer check, this often
	Heartbeat time.Duration // it reports this often by itself
	Dead      time.Duration // silent for so long: DEAD
	Warn      time.Duration // silent for so long: failover is pending; 0: as Dead
	Confirm   bool          // it is asked once more before DEAD
	Rise      int           // good answers in a row before LIVE again; 0: one
	Lease     time.Duration // of the roles it holds; not used here
}

// PolicyOf is that of a peer: its own fields, then its group's, then the cluster's, which has its preset's.
// It is an error if one is no duration, or if nothing would ever tell whether the peer lives.
func PolicyOf(c *schema.Cluster, serial string) (Policy, error) {
	h := c.HealthOf(serial)
	p := Policy{Confirm: h.Confirm == nil || *h.Confirm, Rise: h.Rise}
	for _, field := range []struct {
		name, text string
		into       *time.Duration
	}{
		{"probe", h.Probe, &p.Probe},
		{"timeout", h.Timeout, &p.Timeout},
		{"deep", h.Deep, &p.Deep},
		{"heartbeat", h.Heartbeat, &p.Heartbeat},
		{"dead", h.Dead, &p.Dead},
		{"lease", h.Lease, &p.Lease},
	} {
		d, err := time.ParseDuration(cmp.Or(field.text, "0s"))
		if err != nil || d < 0 {
			return Policy{}, fmt.Errorf("health of %s: %s %q: want a duration, such as 30s", serial, field.name, field.text)
		}
		*field.into = d
	}
	p.Warn = time.Duration(h.Warn * float64(p.Dead))
	if p.Dead == 0 || p.Probe == 0 && p.Heartbeat == 0 {
		return Policy{}, fmt.Errorf("health of %s: %w", serial, errors.New("nothing tells when it is dead: give dead, and probe or heartbeat, or a preset"))
	}
	return p, nil
}

// timeout is how long one answer may take.
func (p Policy) timeout() time.Duration { return cmp.Or(p.Timeout, p.Probe, p.Heartbeat) }

// warn is how long a peer may be silent before failover is pending.
func (p Policy) warn() time.Duration { return cmp.Or(p.Warn, p.Dead) }

// suspect is how long a peer may be silent before it looks dead, for the question whether too many do: half
// of the time until DEAD, so that all that fell silent together are counted before the first is DEAD; but
// two heartbeats at least.
func (p Policy) suspect() time.Duration { return min(max(p.Dead/2, 2*p.Heartbeat), p.Dead) }

// patience is how long the answer to a last question may take to get here. After that it is lost, and a lost
// answer is no answer of no.
func (p Policy) patience() time.Duration { return 2*p.timeout() + max(p.Probe, Tick) }

// recent is how long what a probe came to says something about now.
func (p Policy) recent() time.Duration { return 2*p.Probe + p.timeout() }

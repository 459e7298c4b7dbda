package rules

import (
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

func healthRules() []Rule {
	return []Rule{
		{"health-durations", "A duration of health is longer than nothing.", "write a longer one", "CLEO-74", healthDurations},
		{"health-dead-above-heartbeat", "The time until DEAD is longer than the time between two signs of life.", "raise dead, or lower probe or heartbeat", "IWAY-19, IWAY-24", healthDead},
		{"health-timeout-within-probe", "A probe is answered, or given up, before the next one.", "lower timeout, or raise probe", "IWAY-23", healthTimeout},
		{"health-lease-above-probe", "A lease lasts longer than the time between two of its renewals.", "raise lease, or lower probe", "", healthLease},
		{"health-listen", "Peers that send heartbeats have a place to send them.", "set health.listen, or drop heartbeat", "IWAY-13, IWAY-17", healthListen},
	}
}

// scope is a place where health is written: own is what stands there, whole is what holds there, completed
// by the wider scopes.
type scope struct {
	path       []string
	own, whole schema.Health
}

// eachHealth calls do with every scope: the cluster's, each group's and each peer's.
func eachHealth(c *schema.Cluster, do func(s scope)) {
	do(scope{path("health"), c.Health.Health, c.Health.Health})
	for name, group := range c.Groups {
		do(scope{path("groups", name, "health"), group.Health, group.Health.Over(c.Health.Health)})
	}
	for serial, peer := range c.Peers {
		do(scope{path("peers", serial, "health"), peer.Health, c.HealthOf(serial)})
	}
}

// at is the path of the first of these fields that stands in the scope. Where none does there is nothing
// to say: what is inherited is wrong where it is written.
func (s scope) at(fields ...string) (path []string, ok bool) {
	own := durations(s.own)
	for _, field := range fields {
		if own[field] != "" {
			return below(s.path, field), true
		}
	}
	return nil, false
}

func durations(h schema.Health) map[string]string {
	return map[string]string{
		"probe": h.Probe, "timeout": h.Timeout, "deep": h.Deep, "heartbeat": h.Heartbeat, "dead": h.Dead, "lease": h.Lease,
	}
}

// span is a duration; ok is false where it is not given or not one, which CUE says.
func span(text string) (d time.Duration, ok bool) {
	d, err := time.ParseDuration(text)
	return d, err == nil
}

func healthDurations(c *schema.Cluster, report report) {
	eachHealth(c, func(s scope) {
		for field, text := range durations(s.own) {
			if d, ok := span(text); ok && d <= 0 {
				report(below(s.path, field), "%s is no time at all", text)
			}
		}
	})
}

func healthDead(c *schema.Cluster, report report) {
	eachHealth(c, func(s scope) {
		sign, beat := "heartbeat", s.whole.Heartbeat
		if beat == "" {
			sign, beat = "probe", s.whole.Probe
		}
		dead, ok := span(s.whole.Dead)
		between, known := span(beat)
		if at, here := s.at("dead", sign); here && ok && known && dead <= between {
			report(at, "%s is not longer than %s, the time between two signs of life: every peer would be dead between them", s.whole.Dead, beat).
				see(below(s.path, sign), "the time between two signs of life")
		}
	})
}

func healthTimeout(c *schema.Cluster, report report) {
	eachHealth(c, func(s scope) {
		timeout, ok := span(s.whole.Timeout)
		probe, known := span(s.whole.Probe)
		if at, here := s.at("timeout", "probe"); here && ok && known && timeout > probe {
			report(at, "%s is longer than %s, the time between two probes", s.whole.Timeout, s.whole.Probe).
				see(below(s.path, "probe"), "the time between two probes")
		}
	})
}

func healthLease(c *schema.Cluster, report report) {
	eachHealth(c, func(s scope) {
		lease, ok := span(s.whole.Lease)
		probe, known := span(s.whole.Probe)
		if at, here := s.at("lease", "probe"); here && ok && known && lease <= probe {
			report(at, "%s is not longer than %s, the time between two renewals: every role would be dropped between them", s.whole.Lease, s.whole.Probe).
				see(below(s.path, "probe"), "the time between two probes")
		}
	})
}

func healthListen(c *schema.Cluster, report report) {
	eachHealth(c, func(s scope) {
		if at, here := s.at("heartbeat"); here && c.Health.Listen == "" && len(c.Peers) > 0 {
			report(at, "heartbeats are expected, and health.listen does not say where")
		}
	})
}

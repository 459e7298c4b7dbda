package main

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/loop"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/schema"
)

// metrics answers with how things stand at this moment, in the format of Prometheus.
func (d *doors) metrics(w http.ResponseWriter, r *http.Request) {
	registry := prometheus.NewPedanticRegistry()
	// It fails for a programming error only, and a test would show it.
	registry.MustRegister(gauges{d.loop.Status(), d.roles.Status(), d.unrecorded()})
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

// gauges are a status in numbers. The names and labels are an interface: docs/serve.md lists them.
type gauges struct {
	*loop.Status
	roles      *roles.Status
	unrecorded bool
}

// Describe describes nothing: what there is depends on the peers.
func (gauges) Describe(chan<- *prometheus.Desc) {}

// Collect sends each gauge.
func (g gauges) Collect(to chan<- prometheus.Metric) {
	gauge := gaugesTo(to, prometheus.Labels{"cluster": g.Cluster})
	g.rounds(gauge)
	g.held(gauge)
}

// gauging sends one gauge, with labels and their values in turn.
type gauging func(name, help string, value float64, labels ...string)

func gaugesTo(to chan<- prometheus.Metric, cluster prometheus.Labels) gauging {
	return func(name, help string, value float64, labels ...string) {
		var names, values []string
		for i := 0; i < len(labels); i += 2 {
			names, values = append(names, labels[i]), append(values, labels[i+1])
		}
		to <- prometheus.MustNewConstMetric(prometheus.NewDesc("reconciler_"+name, help, names, cluster), prometheus.GaugeValue, value, values...)
	}
}

// held are the gauges of the roles, and of the health of the peers.
func (g gauges) held(gauge gauging) {
	gauge("roles_term", "The term in which this controller leads; 0: it does not.", float64(g.roles.Term))
	gauge("roles_frozen", "Whether nothing is moved because health is not to be trusted.", one(g.roles.Hold != ""))
	gauge("roles_paused", "Whether somebody paused the roles.", one(g.roles.Paused != ""))
	gauge("roles_unrecorded", "Whether who holds what could not be written to its branch.", one(g.unrecorded))
	gauge("roles_broken", "Whether the ledger cannot be read or written.", one(g.roles.Broken != ""))
	for _, a := range g.roles.Alarms {
		at := ""
		if a.Place != (schema.Place{}) {
			at = a.Place.String()
		}
		gauge("alarm", "Always 1, for each alarm of the roles: roles says what to do.", 1, "trouble", string(a.Trouble), "place", at, "peer", a.Peer)
	}
	for _, role := range g.roles.Roles {
		for _, place := range role.Places {
			at := place.Place.String()
			gauge("place_epoch", "The number of the assignment.", float64(place.Epoch), "place", at)
			gauge("place_blocked", "Whether the place waits for a person.", one(place.Do != ""), "place", at)
			gauge("place_active", "Whether what the place stands for runs at its holder, as that said last.", one(place.State == schema.Active), "place", at, "holder", place.Holder)
		}
	}
	for _, peer := range g.roles.Peers {
		gauge("peer_live", "Whether the peer is LIVE.", one(peer.Verdict == health.Live), "peer", peer.Serial)
		gauge("peer_dead", "Whether the peer is DEAD.", one(peer.Verdict == health.Dead), "peer", peer.Serial)
	}
}

// rounds are the gauges of the loop that reconciles.
func (g gauges) rounds(gauge gauging) {
	gauge("up", "Always 1.", 1)
	gauge("ready", "Whether a revision is in force and was reconciled once.", one(g.Ready()))
	gauge("revision_info", "Always 1; which revision is in force.", 1, "revision", g.Revision)
	gauge("revision_refused", "Whether a newer revision cannot come into force.", one(g.Refused != nil))
	gauge("source_blind", "Whether it cannot be found out what is desired.", one(g.Blind != ""))
	gauge("source_looked_timestamp_seconds", "When what is desired was last known.", seconds(g.Looked))
	gauge("reconciling", "Whether a round is under way.", one(g.Reconciling))
	if g.Round == nil {
		return
	}
	gauge("round_ended_timestamp_seconds", "When the last round ended.", seconds(g.Round.Ended))
	gauge("round_duration_seconds", "How long the last round took.", g.Round.Ended.Sub(g.Round.Started).Seconds())
	gauge("round_failed", "Whether the last round came to nothing, or could not be recorded.", one(g.Round.Error != ""))
	for _, peer := range g.Round.Peers {
		gauge("peer_problem", "Whether the peer could not be read or written in the last round.", one(peer.Problem != ""), "peer", peer.Serial)
		gauge("peer_items_in_sync", "Items that were as desired.", float64(peer.InSync), "peer", peer.Serial)
		for status, n := range map[string]int{
			"applied": peer.Counts.Applied, "failed": peer.Counts.Failed, "held": peer.Counts.Held, "not-attempted": peer.Counts.NotAttempted,
		} {
			gauge("peer_changes", "Changes of the last round, by what became of them.", float64(n), "peer", peer.Serial, "status", status)
		}
	}
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

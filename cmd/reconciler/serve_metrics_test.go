package main

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
	"github.com/gitops-reconciler/reconciler/reconcile/loop"
	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/schema"
)

// TestRoleGauges shows a place that runs and one that waits for a person.
func TestRoleGauges(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(gauges{&loop.Status{Cluster: "mft"}, &roles.Status{
		Term:   3,
		Alarms: []roles.Alarm{{Trouble: roles.StoreLost}},
		Roles: []roles.RoleStatus{{Name: "run", Places: []roles.PlaceStatus{
			{Place: schema.Place{Role: "run"}, Holder: "1001", Epoch: 7, State: schema.Active},
			{Place: schema.Place{Role: "run", Number: 1}, Holder: "1002", Epoch: 2, Do: "look"},
		}}},
		Peers: []health.View{{Serial: "1002", Verdict: health.Dead}},
	}, true})
	want := `
# HELP reconciler_alarm Always 1, for each alarm of the roles: roles says what to do.
# TYPE reconciler_alarm gauge
reconciler_alarm{cluster="mft",peer="",place="",trouble="store-lost"} 1
# HELP reconciler_peer_dead Whether the peer is DEAD.
# TYPE reconciler_peer_dead gauge
reconciler_peer_dead{cluster="mft",peer="1002"} 1
# HELP reconciler_place_active Whether what the place stands for runs at its holder, as that said last.
# TYPE reconciler_place_active gauge
reconciler_place_active{cluster="mft",holder="1001",place="run/0"} 1
reconciler_place_active{cluster="mft",holder="1002",place="run/1"} 0
# HELP reconciler_place_blocked Whether the place waits for a person.
# TYPE reconciler_place_blocked gauge
reconciler_place_blocked{cluster="mft",place="run/0"} 0
reconciler_place_blocked{cluster="mft",place="run/1"} 1
# HELP reconciler_roles_term The term in which this controller leads; 0: it does not.
# TYPE reconciler_roles_term gauge
reconciler_roles_term{cluster="mft"} 3
# HELP reconciler_roles_unrecorded Whether who holds what could not be written to its branch.
# TYPE reconciler_roles_unrecorded gauge
reconciler_roles_unrecorded{cluster="mft"} 1
`
	names := []string{"reconciler_alarm", "reconciler_peer_dead", "reconciler_place_active", "reconciler_place_blocked", "reconciler_roles_term", "reconciler_roles_unrecorded"}
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
}

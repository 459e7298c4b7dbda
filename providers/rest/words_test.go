package rest_test

import (
	"strings"
	"testing"
)

// TestTheWordsReachEveryServer: how each server of the notes is reached and signed in to can be said. What
// is said of its items is the kinds' affair.
func TestTheWordsReachEveryServer(t *testing.T) {
	t.Parallel()
	for server, api := range map[string]string{
		"RabbitMQ":  `{auth: type: "basic", error: "/reason", health: {live: path: "/health/checks/alarms", deep: path: "/health/checks/local-alarms"}, identity: {path: "/overview", version: "/rabbitmq_version", versions: ["3.*"]}}`,
		"PowerDNS":  `{auth: {type: "header", header: "X-API-Key"}, error: "/error", identity: {path: "/servers/localhost", version: "/version"}}`,
		"Syncthing": `{auth: {type: "header", header: "X-API-Key"}, health: live: {path: "/rest/noauth/health", root: true, contains: "OK"}, identity: {path: "/system/status", instance: "/myID"}}`,
		"Caddy":     `{serialise: true, etag: true, inFlight: 1, error: "/error"}`,
		"VersaLex":  `{auth: {type: "login", path: "/authentication", form: {grant_type: "password", username: "{user}", password: "{password}"}, token: "/access_token", lifetime: "1h"}}`,
		"SFTPGo":    `{auth: {type: "login", path: "/token", token: "/access_token"}, busy: [{status: 403, contains: "not allowed to connect"}], health: live: {path: "/healthz", root: true}}`,
		"Node API":  `{auth: type: "bearer", etag: true, largest: 1048576, health: {live: path: "/health", deep: path: "/status"}, identity: {path: "/status", instance: "/instance"}, leases: {tenure: "/roles", grant: "/roles/{role}/{number}", revoke: "/roles/{role}/{number}/revoke"}}`,
		"Tomcat":    `{auth: type: "basic", headers: "X-Requested-With": "reconciler"}`,
	} {
		text := own[:strings.Index(own, "\tapi: auth")] + "\tapi: " + api + "\n" + own[strings.Index(own, "\tkinds: thing"):]
		if got := problems(text); got != nil {
			t.Errorf("%s: %s", server, strings.Join(got, "\n"))
		}
	}
}

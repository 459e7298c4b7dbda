package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema/load"
)

// own is a product of a user's own, whose definition is good. A test replaces one line of it.
const own = `package own

import (
	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/schema"
)

cluster: schema.#Cluster & {#provider: #Own, name: "own"}

#Own: rest.#Provider & {
	name: "own"
	classes: things: {}
	api: auth: {type: "login", path: "/login", token: "/token", form: {u: "{user}", p: "{password}"}}
	api: identity: {path: "/status", version: "/version", versions: ["2.*"]}
	api: busy: [{status: 403}]
	api: health: live: path: "/health"
	api: headers: "X-Requested-With": "reconciler"
	api: leases: {tenure: "/roles", grant: "/roles/{role}/{number}", revoke: "/revoke/{role}?n={number}"}
	kinds: thing: {
		class: "things"
		after: ["box"]
		#body: {...}
		api: list: path: "/things"
		api: key: "/name"
		api: read: path: "/things/{id}"
		api: create: {method: "POST", path: "/things", fail: "^FAIL"}
		api: update: {method: "PUT", path: "/things/{id}"}
		api: delete: path: "/things/{id}"
	}
	kinds: box: {
		class: "things"
		after: []
		#body: {...}
		api: list: path: "/boxes"
		api: key: "/name"
		api: read: path: "/boxes/{id}"
		api: create: {method: "POST", path: "/boxes"}
		api: update: {method: "PUT", path: "/boxes/{id}"}
		api: delete: path: "/boxes/{id}"
	}
}
`

func problems(text string) []string {
	var said []string
	for _, p := range load.Load(load.Input{Dir: ".", Files: map[string][]byte{"cluster.cue": []byte(text)}}).Problems {
		said = append(said, p.String())
	}
	return said
}

func TestADefinitionOfAUsersOwn(t *testing.T) {
	t.Parallel()
	if got := problems(own); got != nil {
		t.Errorf("got %s", strings.Join(got, "\n"))
	}
}

// TestDefinitionsAreRefusedAtTheirLine: a wrong pointer, an unknown word, a circle in after, a call without
// what it needs. The problem is at the user's own line, and names the kind and the word.
func TestDefinitionsAreRefusedAtTheirLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ line, instead, want string }{
		{`api: key: "/name"`, `api: key: "name"`, `kinds.thing.api.key: "name" is not a pointer into an item`},
		{`api: read: path: "/things/{id}"`, `api: raed: path: "/things/{id}"`, "kinds.thing.api.raed"},
		{`api: create: {method: "POST", path: "/things", fail: "^FAIL"}`, `api: create: path: "/things"`, "kinds.thing.api.create.method"},
		{`api: create: {method: "POST", path: "/things", fail: "^FAIL"}`, `api: create: {method: "POST", path: "/things", fail: "("}`, `kinds.thing.api.create.fail: "(" is not a regular expression`},
		{`api: update: {method: "PUT", path: "/things/{id}"}`, `api: update: {method: "PUT", path: "things/{id}"}`, `kinds.thing.api.update.path: "things/{id}" is not a path, from / on`},
		{`api: delete: path: "/things/{id}"`, `api: delete: {path: "/things/{id}", gone: [200]}`, "a status from 400 to 599"},
		{`after: []`, `after: ["thing"]`, "kinds come after each other in a circle: box, thing [kind-after-circle]"},
		{`api: auth: {type: "login", path: "/login", token: "/token", form: {u: "{user}", p: "{password}"}}`, `api: auth: {type: "login", path: "/login"}`, "api.auth"},
		{`api: auth: {type: "login", path: "/login", token: "/token", form: {u: "{user}", p: "{password}"}}`, `api: auth: {type: "login", path: "/login", token: "/token", form: {u: "{usr}"}}`, "a text, {user} or {password}"},
		{`api: auth: {type: "login", path: "/login", token: "/token", form: {u: "{user}", p: "{password}"}}`, `api: auth: {type: "digest"}`, `api.auth.type: "digest" is not one of basic, bearer, header and login`},
		{`api: auth: {type: "login", path: "/login", token: "/token", form: {u: "{user}", p: "{password}"}}`, `api: auth: {type: "header"}`, "api.auth.header"},
		{`api: auth: {type: "login", path: "/login", token: "/token", form: {u: "{user}", p: "{password}"}}`, `api: auth: {type: "basic", path: "/login"}`, `api.auth.path: there is no field "path" here`},
		{`api: identity: {path: "/status", version: "/version", versions: ["2.*"]}`, `api: identity: {path: "/status", versions: ["2.*"]}`, "api.identity.version"},
		{`api: busy: [{status: 403}]`, `api: busy: [{status: 200}]`, `api.busy."0".status: 200 is not a status from 400 to 599`},
		{`api: health: live: path: "/health"`, `api: healht: live: path: "/health"`, "api.healht"},
		{`api: leases: {tenure: "/roles", grant: "/roles/{role}/{number}", revoke: "/revoke/{role}?n={number}"}`, `api: leases: {tenure: "/roles", grant: "/roles/{role}"}`, `api.leases.grant: "/roles/{role}" is not a path, from / on, with {role} and then {number}`},
		{`api: leases: {tenure: "/roles", grant: "/roles/{role}/{number}", revoke: "/revoke/{role}?n={number}"}`, `api: leases: {tenure: "/roles"}`, "api.leases.grant"},
		{`api: headers: "X-Requested-With": "reconciler"`, `api: headers: "X Requested": "reconciler"`, "X Requested"},
	} {
		t.Run(test.want, func(t *testing.T) {
			t.Parallel()
			number := 1 + strings.Count(own[:strings.Index(own, test.line)], "\n")
			got := strings.Join(problems(strings.Replace(own, test.line, test.instead, 1)), "\n")
			if !strings.Contains(got, test.want) {
				t.Errorf("got %s, want it to say %q", got, test.want)
			}
			if at := fmt.Sprintf("cluster.cue:%d:", number); !strings.Contains(got, at) && !strings.Contains(test.want, "circle") {
				t.Errorf("got %s, want it to be at %s", got, at)
			}
		})
	}
}

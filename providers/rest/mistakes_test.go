package rest_test

import (
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// definition is one that is right; a mistake replaces one of its parts.
const definition = `package x

import (
	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/schema"
)

cluster: schema.#Cluster & {name: "x", peers: {}, #provider: rest.#Provider & {
	name: "own"
	api: {}
	kinds: a: {
		class: "folders"
		secrets: ["/s"]
		exact: ["/s"]
		#body: {...}
		api: {
			list: {path: "/as", detail: true}
			key: "/name"
			skip: "/name": "^x"
			read: path: "/as/{id}"
			secrets: "/s": keep: "omit"
			create: {method: "POST", path: "/as"}
		}
	}
	kinds: b: {
		class: "folders"
		after: ["a"]
		#body: {...}
		api: {
			forEach: "a"
			list: path: "/as/{parent.id}/bs"
			key: ["/kind", "/name"]
		}
	}
}}
`

// TestMistakesInADefinition are told where they are, as far as its text shows them.
func TestMistakesInADefinition(t *testing.T) {
	for mistake, want := range map[string]string{
		`key: "/name" -> key: "name"`:                          "a.cue:18:9: cluster.#provider.kinds.a.api.key: \"name\" is not a pointer into an item, as in /name, or a list of them",
		`key: "/name" -> `:                                     "kinds.a.api.key: nothing says where the id is in an item; write a pointer, as in /name [kind-key]",
		`skip: "/name": "^x" -> skip: "/name": "("`:            "a.cue:19:19: cluster.#provider.kinds.a.api.skip.\"/name\": \"(\" is not a regular expression",
		`read: path: "/as/{id}" -> `:                           "kinds.a.api.list.detail: each item is to be read, and there is no read; write read, or drop detail [kind-detail]",
		`read: path: "/as/{id}" -> read: path: "/as/{id"`:      "a.cue:20:16: cluster.#provider.kinds.a.api.read.path: \"/as/{id\" is not a path, from / on, with {NAME} for what is filled in",
		`read: path: "/as/{id}" -> read: path: "as/{id}"`:      "a.cue:20:16: cluster.#provider.kinds.a.api.read.path: \"as/{id}\" is not a path, from / on, with {NAME} for what is filled in",
		`keep: "omit" -> keep: "echo"`:                         `kinds.a.api.secrets: "/s" is kept by an echo, and there is none; write it under echo [kind-echo]`,
		`keep: "omit" -> as: status: "Plain"`:                  `kinds.a.api.secrets: "/s" stands nowhere in the object that carries it; write a pointer under at [kind-secret-at]`,
		`keep: "omit" -> kept: "omit"`:                         "a.cue:21:19: cluster.#provider.kinds.a.api.secrets.\"/s\".kept: there is no field",
		`detail: true -> details: true`:                        "a.cue:17:24: cluster.#provider.kinds.a.api.list.details: there is no field",
		`method: "POST" -> method: "post"`:                     "a.cue:22:21: cluster.#provider.kinds.a.api.create.method",
		`secrets: "/s" -> secrets: "/t"`:                       "kinds.a.api.secrets: \"/t\" is not among the kind's secrets; add it there, or drop it here [kind-kept-secret]",
		`exact: ["/s"] -> exact: ["/t"]`:                       "kinds.a.exact: /t is not among its secrets; add it there, or drop it here [kind-exact-secret]",
		`forEach: "a" -> forEach: "c"`:                         `kinds.b.api.forEach: "c" is not a kind; name one that is [kind-parent-exists]`,
		`class: "folders" -> class: "folders", after: ["b"]`:   "kinds come after each other in a circle: a, b [kind-after-circle]",
		`read: path: "/as/{id}" -> read: path: "/as/{nme}"`:    "provider own: kinds.a.api: path /as/{nme}: {nme} is neither a part of the key nor a field, {item.NAME}",
		`path: "/as"} -> path: "/as/{parent.id}"}`:             "provider own: kinds.a.api: path /as/{parent.id}: {parent.id}: the kind has no parent: set forEach",
		`key: ["/kind", "/name"] -> key: ["/a/name", "/name"]`: "provider own: kinds.b.api: key: two parts of an id are both called \"name\"",
		`list: path: "/as/{parent.id}/bs" -> list: {path: "/as/{parent.id}/bs", secrets: path: "/s"}`: "provider own: kinds.b.api: list.secrets: a second list is for kinds that have no parent",
		`forEach: "a" -> forEach: "b"`: `provider own: kinds.b.api.forEach: "b" is not a kind, or stands below this one`,
	} {
		wrong, right, _ := strings.Cut(mistake, " -> ")
		text := strings.Replace(definition, wrong, right, 1)
		if text == definition {
			t.Fatalf("%s is not there", wrong)
		}
		if got := said(text); !strings.Contains(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", mistake, got, want)
		}
	}
	if got := said(definition); got != "" {
		t.Errorf("without a mistake: %s", got)
	}
}

// said is what is said of a definition when it is loaded and made ready.
func said(definition string) string {
	result := load.Load(load.Input{Dir: ".", Files: map[string][]byte{"a.cue": []byte(definition)}})
	var all []string
	for _, problem := range result.Problems {
		all = append(all, problem.String())
	}
	if result.Cluster != nil {
		if _, err := rest.Parse(result.Cluster.Provider); err != nil {
			all = append(all, err.Error())
		}
	}
	return strings.Join(all, "\n")
}

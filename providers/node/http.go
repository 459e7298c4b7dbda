package node

import (
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
)

const healthPath = "/v1/health"

// handler answers a request itself or returns why it cannot.
type handler func(http.ResponseWriter, *http.Request) error

// route is what a path can do, by method.
type route map[string]handler

// paths is all that the API has; openapi.json says what it looks like.
func (n *Node) paths() map[string]route {
	return map[string]route{
		healthPath:                    read(health),
		"/v1/status":                  read(n.getStatus),
		"/v1/components":              read(n.getComponents),
		"/v1/fires":                   read(n.getFires),
		"/v1/roles":                   read(n.getRoles),
		"/v1/roles/{role}/{number}":   {"PUT": n.putGrant},
		"/v1/kinds/{kind}/items":      {"GET": n.getItems, "HEAD": n.getItems, "POST": n.postItems},
		"/v1/kinds/{kind}/items/{id}": {"GET": n.getItem, "HEAD": n.getItem, "PUT": n.putItem, "DELETE": n.deleteItem},

		"/v1/roles/{role}/{number}/revoke": {"POST": n.postRevoke},
	}
}

func (n *Node) mux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/", n.answer(noSuchPath))
	for path, rt := range n.paths() {
		// {id...} and not {id}, which does not match the id "/" even when escaped.
		mux.HandleFunc(strings.Replace(path, "{id}", "{id...}", 1), n.answer(rt.serve))
	}
	return mux
}

// ServeHTTP serves the Node API, as the package documentation has it.
func (n *Node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch escaped := r.URL.EscapedPath(); {
	case r.URL.Path != healthPath && !n.guard.admits(r):
		n.answer(unauthorised)(w, r)
	case path.Clean(escaped) != escaped:
		// The mux would redirect to another path, that is to another item.
		n.answer(badPath)(w, r)
	default:
		n.routes.ServeHTTP(w, r)
	}
}

// read is a route that changes nothing; net/http drops the body of a HEAD.
func read(h handler) route { return route{"GET": h, "HEAD": h} }

func (rt route) serve(w http.ResponseWriter, r *http.Request) error {
	if h := rt[r.Method]; h != nil {
		return h(w, r)
	}
	w.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(rt)), ", "))
	return refuse(http.StatusMethodNotAllowed, "%s %s: method not allowed", r.Method, r.URL.Path)
}

func unauthorised(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("WWW-Authenticate", "Bearer")
	return refuse(http.StatusUnauthorized, "the bearer token is missing or wrong")
}

func badPath(_ http.ResponseWriter, r *http.Request) error {
	return refuse(http.StatusBadRequest, "path %q: it has an empty or a dot segment; escape the id", r.URL.EscapedPath())
}

func noSuchPath(_ http.ResponseWriter, r *http.Request) error {
	return refuse(http.StatusNotFound, "%s: no such path", r.URL.Path)
}

package rest_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// object is a JSON object on a server of the tests.
type object = map[string]any

// shelves are what such a server holds: objects by their names, in rooms. A server locks it for as long as
// it answers.
type shelves struct {
	sync.Mutex
	rooms map[string]map[string]object
}

func (s *shelves) room(name string) map[string]object {
	if s.rooms == nil {
		s.rooms = map[string]map[string]object{}
	}
	if s.rooms[name] == nil {
		s.rooms[name] = map[string]object{}
	}
	return s.rooms[name]
}

// slash stands for a slash within a segment, which http.ServeMux takes for the end of the path if it is the
// last one.
const slash = "\u2215"

// mux serves the patterns, one request at a time.
func (s *shelves) mux(handlers map[string]http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range handlers {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			s.Lock()
			defer s.Unlock()
			handle(w, r)
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.RawPath = strings.ReplaceAll(r.URL.EscapedPath(), "%2F", url.PathEscape(slash))
		r.URL.Path, _ = url.PathUnescape(r.URL.RawPath)
		mux.ServeHTTP(w, r)
	})
}

// value is a segment of a request's path.
func value(r *http.Request, name string) string {
	return strings.ReplaceAll(r.PathValue(name), slash, "/")
}

// all returns a room's objects in the order of their names.
func (s *shelves) all(name string) []object {
	list := []object{}
	for _, id := range slices.Sorted(maps.Keys(s.room(name))) {
		list = append(list, s.room(name)[id])
	}
	return list
}

// received is the object that was sent.
func received(r *http.Request) object {
	var body object
	_ = json.NewDecoder(r.Body).Decode(&body) // what is no object is none
	return body
}

func reply(w http.ResponseWriter, status int, value any) {
	w.WriteHeader(status)
	if value != nil {
		_ = json.NewEncoder(w).Encode(value) // the client says what it misses
	}
}

// found replies with an object, or that it is not there.
func found(w http.ResponseWriter, o object) {
	if o == nil {
		reply(w, 404, object{"reason": "Not Found", "message": "Not Found", "error": "Not Found"})
		return
	}
	reply(w, 200, o)
}

// with is base with the other's fields over it.
func with(base, over object) object {
	merged := maps.Clone(base)
	if merged == nil {
		merged = object{}
	}
	maps.Copy(merged, over)
	return merged
}

// merged is base with the other's fields over it, deep down.
func merged(base, over object) object {
	base = maps.Clone(base)
	for name, value := range over {
		below, ok := value.(object)
		if there, both := base[name].(object); ok && both {
			value = merged(there, below)
		}
		base[name] = value
	}
	return base
}

package rest_test

import (
	"net/http"
	"strings"
	"testing"
)

// caddy behaves as Caddy 2 does, where that is peculiar: it is a server for tests, and not the product.
type caddy struct {
	shelves
	restarts int // of its listener: every write makes one
}

func (s *caddy) handler() http.Handler {
	const servers = "/config/apps/http/servers"
	write := func(refused func(there bool) bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			name := value(r, "name")
			if refused(s.room("server")[name] != nil) {
				reply(w, 409, object{"error": "[/config/apps/http/servers] key already exists: " + name})
				return
			}
			s.restarts++
			s.room("server")[name] = received(r)
			reply(w, 200, nil)
		}
	}
	return s.mux(map[string]http.HandlerFunc{
		"GET " + servers: func(w http.ResponseWriter, _ *http.Request) {
			all := s.room("server")
			if len(all) == 0 {
				reply(w, 200, object(nil)) // null
				return
			}
			reply(w, 200, all)
		},
		"GET " + servers + "/{name}":   func(w http.ResponseWriter, r *http.Request) { reply(w, 200, s.room("server")[value(r, "name")]) },
		"PUT " + servers + "/{name}":   write(func(there bool) bool { return there }),
		"PATCH " + servers + "/{name}": write(func(there bool) bool { return !there }),
		"DELETE " + servers + "/{name}": func(w http.ResponseWriter, r *http.Request) {
			s.restarts++
			delete(s.room("server"), value(r, "name"))
			reply(w, 200, nil)
		},
	})
}

// TestCaddy: items are objects by their names, and one that is not there is null.
func TestCaddy(t *testing.T) {
	server := &caddy{}
	s := begin(t, "caddy", server.handler())
	const items = `server: {"srv0": listen: [":8443"], "a/b": {listen: [":80"], routes: [{handle: []}]}}`
	s.plans(items, "+ server/a/b (new in Git)", "+ server/srv0 (new in Git)")
	s.converges(items)
	if server.restarts != 2 {
		t.Errorf("the listener was restarted %d times: nothing is written that changes nothing", server.restarts)
	}
	server.room("server")["srv0"]["automatic_https"] = object{"disable": true}
	changed := strings.Replace(items, "8443", "9443", 1)
	s.converges(changed)
	if server.room("server")["srv0"]["automatic_https"] == nil {
		t.Error("what nobody wrote is gone")
	}
	s.converges("")
	if len(server.room("server")) != 0 {
		t.Errorf("left: %v", server.rooms)
	}
}

// syncthing behaves as Syncthing 1.19 does, where that is peculiar: it is a server for tests, and not the
// product.
type syncthing struct {
	shelves
	options object
}

func (s *syncthing) handler() http.Handler {
	s.options = object{"listenAddresses": []string{"default"}, "maxSendKbps": 0, "natEnabled": true}
	return s.mux(map[string]http.HandlerFunc{
		"GET /rest/config/options": func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, s.options) },
		"PATCH /rest/config/options": func(w http.ResponseWriter, r *http.Request) {
			s.options = with(s.options, received(r))
			reply(w, 200, nil)
		},
		"GET /rest/config/folders": func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, s.all("folder")) },
		"GET /rest/config/folders/{id}": func(w http.ResponseWriter, r *http.Request) {
			found(w, s.room("folder")[value(r, "id")])
		},
		// Its id is that of the body, whatever the path says.
		"PUT /rest/config/folders/{id}": func(w http.ResponseWriter, r *http.Request) {
			body := with(object{"type": "sendreceive", "paused": false, "rescanIntervalS": 3600}, received(r))
			id, _ := body["id"].(string)
			s.room("folder")[id] = body
			reply(w, 200, nil)
		},
		"PATCH /rest/config/folders/{id}": func(w http.ResponseWriter, r *http.Request) {
			s.room("folder")[value(r, "id")] = with(s.room("folder")[value(r, "id")], received(r))
			reply(w, 200, nil)
		},
		"DELETE /rest/config/folders/{id}": func(w http.ResponseWriter, r *http.Request) {
			delete(s.room("folder"), value(r, "id")) // what is not there is as well deleted
			reply(w, 200, nil)
		},
	})
}

func TestSyncthing(t *testing.T) {
	server := &syncthing{}
	s := begin(t, "syncthing", server.handler())
	const items = `
options: options: listenAddresses: ["tcp://:22000", "quic://:22000"]
folder: "abc": {path: "/srv/abc", label: "first"}
folder: "a/b": path: "/srv/ab"
`
	s.plans(items, "+ folder/a/b (new in Git)", "+ folder/abc (new in Git)", "~ options/options (different on the peer, and never applied from here) listenAddresses")
	s.converges(items)
	if server.options["natEnabled"] != true {
		t.Errorf("the options are %v", server.options)
	}
	server.room("folder")["abc"]["rescanIntervalS"] = 60
	server.options["maxSendKbps"] = 100 // nobody wrote it: it is the server's
	s.idle(items)
	s.converges(strings.Replace(items, "first", "second", 1))
	if got := server.room("folder")["abc"]; got["rescanIntervalS"] != 60 || got["label"] != "second" {
		t.Errorf("the folder is %v", got)
	}
	s.converges("")
	if len(server.room("folder")) != 0 {
		t.Errorf("left: %v", server.rooms)
	}
}

// TestTheOnlyItemOfItsKind has the kind's name, and can be neither made nor deleted.
func TestTheOnlyItemOfItsKind(t *testing.T) {
	s := begin(t, "syncthing", (&syncthing{}).handler())
	s.apply(`options: other: maxSendKbps: 7`, `there is one item of this kind: its id is "options"`)
	s.converges(`options: options: maxSendKbps: 7`)
	s.idle("") // it stays as it is
}

package rest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

// versalex behaves as Cleo's VersaLex REST API does according to its published client: it is a server for
// tests, and not the product. Its objects are in their rooms by the ids that it mints.
type versalex struct {
	shelves
	minted int
	short  int // how many items less it gives than it says it has
}

func (s *versalex) handler() http.Handler {
	handlers := map[string]http.HandlerFunc{}
	for _, kind := range []string{"connection", "authenticator", "action"} {
		name := func(*http.Request) string { return kind }
		s.collection(handlers, "/api/"+kind+"s", "alias", name)
	}
	s.collection(handlers, "/api/authenticators/{parent}/users", "username", func(r *http.Request) string { return "user " + value(r, "parent") })
	return s.mux(handlers)
}

func (s *versalex) collection(handlers map[string]http.HandlerFunc, path, key string, room func(*http.Request) string) {
	handlers["GET "+path] = func(w http.ResponseWriter, r *http.Request) { s.list(w, r, room(r), key) }
	handlers["POST "+path] = func(w http.ResponseWriter, r *http.Request) { s.create(w, r, room(r), key) }
	handlers["PUT "+path+"/{id}"] = func(w http.ResponseWriter, r *http.Request) { s.update(w, r, room(r)) }
	handlers["DELETE "+path+"/{id}"] = func(w http.ResponseWriter, r *http.Request) {
		delete(s.room(room(r)), value(r, "id"))
		reply(w, 204, nil)
	}
}

// list filters, and gives a part of what there is, with the number of all.
func (s *versalex) list(w http.ResponseWriter, r *http.Request, room, key string) {
	all := s.all(room)
	if wanted, ok := strings.CutPrefix(r.FormValue("filter"), key+" eq "); ok {
		all = slices.DeleteFunc(all, func(o object) bool { return !strings.EqualFold(strconv.Quote(fmt.Sprint(o[key])), wanted) })
	}
	total := len(all)
	start, _ := strconv.Atoi(r.FormValue("startIndex"))
	count, err := strconv.Atoi(r.FormValue("count"))
	if err != nil {
		count = 100
	}
	all = all[min(start, total):min(start+count, max(total-s.short, start))]
	shown := []object{}
	for _, o := range all {
		o = with(o, object{"_links": object{"self": object{"href": "/" + room}}, "ready": true, "running": false, "lastStatus": "ok"})
		delete(o, "connect")
		shown = append(shown, o)
	}
	reply(w, 200, object{"totalResults": total, "startIndex": start, "resources": shown})
}

func (s *versalex) create(w http.ResponseWriter, r *http.Request, room, key string) {
	body := received(r)
	for _, o := range s.all(room) {
		if o[key] == body[key] {
			reply(w, 409, object{"message": "it exists already"})
			return
		}
	}
	s.minted++
	id := fmt.Sprint("id", s.minted)
	s.room(room)[id] = with(body, object{"id": id})
	reply(w, 201, nil)
}

// update merges deeply, and refuses what is the server's own.
func (s *versalex) update(w http.ResponseWriter, r *http.Request, room string) {
	body, there := received(r), s.room(room)[value(r, "id")]
	for _, own := range []string{"_links", "ready", "running", "lastStatus", "id"} {
		if _, sent := body[own]; sent {
			reply(w, 400, object{"message": own + " is read-only"})
			return
		}
	}
	s.room(room)[value(r, "id")] = merged(there, body)
	reply(w, 200, nil)
}

const versalexItems = `
connection: {
	"acme": {type: "sftp", host: "sftp.example.com", connect: password: "env:ACME"}
	"say \"hi\"": type: "as2"
	"a/b": type: "as2"
}
authenticator: {"users": type: "nativeUser", "others": type: "nativeUser"}
user: {
	"users/bob": {email: "bob@example.com", accept: {login: true, password: "env:BOB"}}
	"others/bob": email: "bob2@example.com"
	"others/x%2Fy": {}
}
action: "nightly": commands: ["GET *"]
`

func TestVersaLex(t *testing.T) {
	server := &versalex{}
	s := begin(t, "versalex", server.handler())
	s.secrets["env:ACME"], s.secrets["env:BOB"] = "first", "bob"
	s.converges(versalexItems)
	acme := object(nil)
	for _, o := range server.room("connection") {
		if o["alias"] == "acme" {
			acme = o
		}
	}
	// It was made by hand in capitals, and with more in it than anybody wrote: both stay.
	acme["alias"], acme["notes"] = "ACME", "call first"
	acme["connect"] = object{"password": "first", "port": "22"}
	s.idle(versalexItems)
	changed := strings.Replace(versalexItems, "sftp.example.com", "sftp.example.net", 1)
	s.converges(changed)
	now := server.room("connection")[acme["id"].(string)]
	if now["alias"] != "ACME" || now["notes"] != "call first" || now["host"] != "sftp.example.net" || now["connect"].(object)["password"] != "first" {
		t.Errorf("acme is %v", now)
	}
	// Another password in Git is written, though the server shows none.
	s.secrets["env:ACME"] = "second"
	s.plans(changed, "~ connection/acme (changed in Git) connect.password")
	s.converges(changed)
	if now = server.room("connection")[acme["id"].(string)]; now["connect"].(object)["password"] != "second" {
		t.Errorf("acme is %v", now)
	}
	s.converges("")
	if len(server.all("connection"))+len(server.all("authenticator"))+len(server.all("action")) != 0 {
		t.Errorf("left: %v", server.rooms)
	}
}

// TestListsThatComeShort: what is missing of a list that says how long it is, is not absent.
func TestListsThatComeShort(t *testing.T) {
	server := &versalex{}
	s := begin(t, "versalex", server.handler())
	s.converges(versalexItems)
	s.heard()
	server.short = 1
	_, round := s.plan(versalexItems)
	peer := round.Plan.Peers[0]
	if len(peer.Changes) != 0 || len(peer.Problems) != 4 || !strings.Contains(strings.Join(peer.Problems, "\n"), "list connection: busy: it says that it has 3, and gives 2") {
		t.Errorf("planned %v beside the problems %q", peer.Changes, peer.Problems)
	}
	if got := s.writes(); len(got) != 0 {
		t.Errorf("it was asked %s", got)
	}
}

// TestCapitalsOfAnID: where the server does not tell them apart, the configuration must not.
func TestCapitalsOfAnID(t *testing.T) {
	s := begin(t, "versalex", (&versalex{}).handler())
	s.apply(`connection: "Acme": type: "as2"`, `write "acme"`)
}

// TestWhatTheServerOwnsIsNotRead, but for the id, which its paths need.
func TestWhatTheServerOwnsIsNotRead(t *testing.T) {
	server := &versalex{}
	s := begin(t, "versalex", server.handler())
	s.converges(versalexItems)
	client := s.open(s.cluster(versalexItems))
	observation, err := client.Observe(t.Context(), []string{"connection"})
	if err != nil {
		t.Fatal(err)
	}
	read, err := client.Read(t.Context(), schema.Key{Kind: "connection", ID: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	for how, body := range map[string]schema.Body{"listed": observation.Kinds["connection"].Items["acme"], "read": read} {
		if body["id"] == nil || body["ready"] != nil || body["_links"] != nil {
			t.Errorf("%s: %v", how, body)
		}
	}
}

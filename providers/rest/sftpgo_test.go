package rest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/gitops-reconciler/reconciler/schema"
)

// sftpgo behaves as SFTPGo 2.6 does with secrets and with lists of addresses: it is a server for tests, and
// not the product.
type sftpgo struct {
	shelves
	puts     int
	noDump   bool // the account has not the permission that a dump needs
	hash     func(password string) string
	hashings int
}

func (s *sftpgo) handler() http.Handler {
	s.hash = func(password string) string {
		hash, _ := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost) // no password of a test is too long
		return string(hash)
	}
	handlers := map[string]http.HandlerFunc{
		"GET /api/v2/dumpdata":         s.dump,
		"GET /api/v2/iplists/1":        s.addresses,
		"POST /api/v2/iplists/1":       s.address,
		"GET /api/v2/iplists/1/{name}": func(w http.ResponseWriter, r *http.Request) { found(w, s.room("address")[value(r, "name")]) },
		"PUT /api/v2/iplists/1/{name}": s.address,
		"POST /api/v2/users":           func(w http.ResponseWriter, r *http.Request) { s.write(w, r, "user", "username", s.user) },
		"POST /api/v2/folders":         func(w http.ResponseWriter, r *http.Request) { s.write(w, r, "folder", "name", s.folder) },
		"PUT /api/v2/users/{name}":     func(w http.ResponseWriter, r *http.Request) { s.write(w, r, "user", "username", s.user) },
		"PUT /api/v2/folders/{name}":   func(w http.ResponseWriter, r *http.Request) { s.write(w, r, "folder", "name", s.folder) },
		"GET /api/v2/users":            func(w http.ResponseWriter, r *http.Request) { s.list(w, r, "user") },
		"GET /api/v2/folders":          func(w http.ResponseWriter, r *http.Request) { s.list(w, r, "folder") },
		"GET /api/v2/users/{name}":     s.one,
		"GET /api/v2/folders/{name}":   func(w http.ResponseWriter, r *http.Request) { found(w, s.room("folder")[value(r, "name")]) },
		"DELETE /api/v2/users/{name}": func(w http.ResponseWriter, r *http.Request) {
			delete(s.room("user"), value(r, "name"))
			reply(w, 200, nil)
		},
		"DELETE /api/v2/folders/{name}": func(w http.ResponseWriter, r *http.Request) {
			delete(s.room("folder"), value(r, "name"))
			reply(w, 200, nil)
		},
	}
	return s.mux(handlers)
}

func withoutPassword(o object) object {
	o = with(o, nil)
	delete(o, "password")
	return o
}

func (s *sftpgo) list(w http.ResponseWriter, r *http.Request, room string) {
	offset, _ := strconv.Atoi(r.FormValue("offset"))
	limit, _ := strconv.Atoi(r.FormValue("limit"))
	page := []object{}
	for _, o := range s.all(room)[min(offset, len(s.room(room))):min(offset+limit, len(s.room(room)))] {
		page = append(page, withoutPassword(o))
	}
	reply(w, 200, page)
}

func (s *sftpgo) one(w http.ResponseWriter, r *http.Request) {
	user := s.room("user")[value(r, "name")]
	if user != nil && r.FormValue("confidential_data") != "1" {
		user = withoutPassword(user)
	}
	found(w, user)
}

func (s *sftpgo) dump(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.noDump:
		reply(w, 403, object{"error": "Forbidden"})
	case r.URL.RawQuery != "output-data=1&scopes=users":
		reply(w, 400, object{"error": "what to dump? " + r.URL.RawQuery})
	default:
		reply(w, 200, object{"users": s.all("user"), "version": 16})
	}
}

// write replaces all but what the kind says is kept.
func (s *sftpgo) write(w http.ResponseWriter, r *http.Request, room, key string, kept func(there, body object)) {
	body := received(r)
	name, _ := body[key].(string)
	there := s.room(room)[name]
	if r.Method == http.MethodPost && there != nil {
		reply(w, 409, object{"error": "duplicated key not allowed"})
		return
	}
	s.puts++
	kept(there, body)
	body["id"] = s.puts
	if body["status"] == nil {
		body["status"] = 0
	}
	s.room(room)[name] = body
	reply(w, map[string]int{http.MethodPost: 201, http.MethodPut: 200}[r.Method], nil)
}

// user keeps a password that is left out, and clears one that is "".
func (s *sftpgo) user(there, body object) {
	password, sent := body["password"].(string)
	switch {
	case !sent && there != nil:
		body["password"] = there["password"]
	case sent && password != "" && !strings.HasPrefix(password, "$2a$"):
		s.hashings++
		body["password"] = s.hash(password)
	}
}

// folder keeps a secret by a word, and loses one that is left out. What it shows is another text each time.
func (s *sftpgo) folder(there, body object) {
	config, _ := merged(object{"filesystem": object{"s3config": object{}}}, body)["filesystem"].(object)["s3config"].(object)
	secret, _ := config["access_secret"].(object)
	real := ""
	switch secret["status"] {
	case "Plain":
		real, _ = secret["payload"].(string)
	case "Redacted", "Secretbox":
		real, _ = there["real"].(string)
	}
	body["real"] = real // the tests look at it; the server itself does not show it
	if secret != nil {
		config["access_secret"] = object{"status": "Secretbox", "payload": fmt.Sprint("sealed ", s.puts)}
	}
}

// addresses are given from a cursor on.
func (s *sftpgo) addresses(w http.ResponseWriter, r *http.Request) {
	limit, _ := strconv.Atoi(r.FormValue("limit"))
	page := slices.DeleteFunc(s.all("address"), func(o object) bool { return o["ipornet"].(string) <= r.FormValue("from") })
	reply(w, 200, page[:min(limit, len(page))])
}

func (s *sftpgo) address(w http.ResponseWriter, r *http.Request) {
	body := received(r)
	network, _ := body["ipornet"].(string)
	if body["type"] != 1.0 {
		reply(w, 400, object{"error": "invalid list type"})
		return
	}
	if !strings.Contains(network, "/") {
		network += "/32"
	}
	s.room("address")[network] = with(body, object{"ipornet": network, "created_at": 7})
	reply(w, 201, nil)
}

func TestAddressesByTheirLast(t *testing.T) {
	server := &sftpgo{}
	s := begin(t, "sftpgo", server.handler())
	var items strings.Builder
	for i := range 5 {
		fmt.Fprintf(&items, "allowed: \"192.0.2.%d/32\": description: \"number %d\"\n", i, i)
	}
	s.converges(items.String())
	if len(server.room("address")) != 5 {
		t.Errorf("it has %v", server.rooms)
	}
}

// TestPasswordsThatAreShownAsHashes: a password that somebody changed on the server is drift; the same one,
// hashed anew, is not.
func TestPasswordsThatAreShownAsHashes(t *testing.T) {
	server := &sftpgo{}
	s := begin(t, "sftpgo", server.handler())
	s.secrets["env:ALICE"], s.secrets["env:BOB"] = "alice's", server.hash("bob's")
	const items = `user: {
	alice: {status: 1, email: "a@example.com", password: "env:ALICE"}
	bob: {status: 1, password: "env:BOB"}
	carol: status: 0
}`
	s.converges(items)
	if server.hashings != 1 || server.room("user")["bob"]["password"] != s.secrets["env:BOB"] {
		t.Errorf("%d hashings, %v", server.hashings, server.rooms)
	}
	server.room("user")["alice"]["password"] = server.hash("alice's")
	s.idle(items)
	server.room("user")["alice"]["password"] = server.hash("stolen")
	server.room("user")["bob"]["password"] = server.hash("bob's") // a ready hash is compared as it is
	s.plans(items, "~ user/alice (changed on the peer) password", "~ user/bob (changed on the peer) password")
	s.converges(items)
	if bcrypt.CompareHashAndPassword([]byte(server.room("user")["alice"]["password"].(string)), []byte("alice's")) != nil {
		t.Error("alice's password was not put back")
	}
	// Another field changes, and the password is neither hashed anew nor lost; so for one that nobody wrote.
	server.room("user")["carol"]["password"] = "$2a$04$hers"
	before := server.hashings
	s.converges(strings.ReplaceAll(strings.Replace(items, "a@example.com", "b@example.com", 1), "carol: status: 0", "carol: {status: 0, email: \"c@example.com\"}"))
	if server.hashings != before || server.room("user")["carol"]["password"] != "$2a$04$hers" {
		t.Errorf("%d hashings, carol is %v", server.hashings-before, server.room("user")["carol"])
	}
	s.secrets["env:ALICE"] = "rotated"
	s.plans(items, "~ user/alice (changed in Git) email password")
}

// TestPasswordsAtFirstContact: without any memory the right password is recognised, and a wrong one seen.
func TestPasswordsAtFirstContact(t *testing.T) {
	server := &sftpgo{}
	s := begin(t, "sftpgo", server.handler())
	s.secrets["env:ALICE"] = "alice's"
	const items = `user: alice: {status: 1, password: "env:ALICE"}`
	s.converges(items)
	s.forget()
	s.idle(items)
	s.forget()
	s.secrets["env:ALICE"] = "another"
	s.plans(items, "~ user/alice (different on the peer, and never applied from here) password")
}

// TestPasswordsThatMayNotBeSeen are compared with what was last written.
func TestPasswordsThatMayNotBeSeen(t *testing.T) {
	server := &sftpgo{noDump: true}
	s := begin(t, "sftpgo", server.handler())
	s.secrets["env:ALICE"] = "alice's"
	const items = `user: alice: {status: 1, password: "env:ALICE"}`
	s.converges(items)
	server.room("user")["alice"]["password"] = server.hash("stolen")
	s.plans(items)
	s.secrets["env:ALICE"] = "rotated"
	s.plans(items, "~ user/alice (changed in Git) password")
}

// TestNobodysPasswordsAreNotAskedFor: where there are no users, no dump is made.
func TestNobodysPasswordsAreNotAskedFor(t *testing.T) {
	server := &sftpgo{}
	dumps := 0 // under the server's lock
	handler := server.handler()
	s := begin(t, "sftpgo", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/dumpdata") {
			server.Lock()
			dumps++
			server.Unlock()
		}
		handler.ServeHTTP(w, r)
	}))
	observe := func() int {
		if o, err := s.open(s.cluster(`{}`)).Observe(t.Context(), []string{"user"}); err != nil || o.Kinds["user"].Err != nil {
			t.Fatal(err, o.Kinds["user"].Err)
		}
		server.Lock()
		defer server.Unlock()
		return dumps
	}
	if got := observe(); got != 0 {
		t.Errorf("without users it was asked for %d dumps", got)
	}
	server.Lock()
	server.room("user")["alice"] = object{"username": "alice"}
	server.Unlock()
	if got := observe(); got != 1 {
		t.Errorf("with a user it was asked for %d dumps, want 1", got)
	}
}

// TestSecretsAreInNoPlan, though the server shows them.
func TestSecretsAreInNoPlan(t *testing.T) {
	server := &sftpgo{}
	s := begin(t, "sftpgo", server.handler())
	s.secrets["env:ALICE"] = "canary-secret"
	const items = `user: alice: {status: 1, password: "env:ALICE"}`
	s.converges(items)
	server.room("user")["alice"]["password"] = "$2a$04$canary-hash"
	_, round := s.plan(items)
	if text := fmt.Sprintf("%v %+v %#v", round.Plan, round.Plan, round.Plan); strings.Contains(text, "canary") {
		t.Error(text)
	}
	observation, err := s.open(s.cluster(items)).Observe(t.Context(), []string{"user"})
	if text := fmt.Sprintf("%v %+v %#v", observation, observation, err); strings.Contains(text, "canary") {
		t.Error(text)
	}
}

// TestSealedSecrets are neither compared nor lost, whatever else of their folder changes.
func TestSealedSecrets(t *testing.T) {
	server := &sftpgo{}
	s := begin(t, "sftpgo", server.handler())
	s.secrets["env:S3"] = "first"
	const items = `folder: {
	ours: {description: "one", filesystem: s3config: {bucket: "b", access_secret: "env:S3"}}
	theirs: description: "one"
}`
	s.converges(items)
	real := func(name string) any { return server.room("folder")[name]["real"] }
	if real("ours") != "first" {
		t.Fatalf("it has %v", server.rooms)
	}
	server.room("folder")["theirs"]["real"] = "set by hand"
	server.room("folder")["theirs"]["filesystem"] = object{"s3config": object{"access_secret": object{"status": "Secretbox", "payload": "x"}}}
	s.idle(items)
	changed := strings.ReplaceAll(items, `"one"`, `"two"`)
	s.converges(changed)
	if real("ours") != "first" || real("theirs") != "set by hand" {
		t.Errorf("ours is %v, theirs %v", real("ours"), real("theirs"))
	}
	s.secrets["env:S3"] = "second"
	s.plans(changed, "~ folder/ours (changed in Git) filesystem.s3config.access_secret")
	s.converges(changed)
	if real("ours") != "second" {
		t.Errorf("ours is %v", real("ours"))
	}
}

// TestASealedSecretThatIsGone is sent again with what took it away: an echo would keep nothing.
func TestASealedSecretThatIsGone(t *testing.T) {
	server := &sftpgo{}
	s := begin(t, "sftpgo", server.handler())
	s.secrets["env:S3"] = "first"
	const items = `folder: ours: filesystem: s3config: {bucket: "b", access_secret: "env:S3"}`
	s.converges(items)
	for _, shown := range []object{{}, {"access_secret": nil}, {"access_secret": ""}, {"access_secret": object{}}} {
		server.room("folder")["ours"] = object{"name": "ours", "filesystem": object{"s3config": shown}}
		s.plans(items, "~ folder/ours (changed on the peer) filesystem.s3config.bucket")
		s.converges(items)
		if got := server.room("folder")["ours"]["real"]; got != "first" {
			t.Errorf("it showed %v, and has %v now", shown, got)
		}
	}
}

// TestZeroIsAbsentButWhereItMatters: this server leaves out what is zero, but not the status.
func TestZeroIsAbsentButWhereItMatters(t *testing.T) {
	server := &sftpgo{}
	s := begin(t, "sftpgo", server.handler())
	const items = `user: alice: {status: 0, email: ""}`
	s.converges(items)
	delete(server.room("user")["alice"], "email")
	s.idle(items)
	delete(server.room("user")["alice"], "status")
	s.plans(items, "~ user/alice (changed on the peer) status")
}

// TestReferencesToWhatIsNotThere have one cause, whatever the status.
func TestReferencesToWhatIsNotThere(t *testing.T) {
	for status, said := range map[int]string{500: "FOREIGN KEY constraint failed", 404: "folder not found"} {
		s := begin(t, "sftpgo", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodPost:
				reply(w, status, object{"error": said})
			case strings.HasSuffix(r.URL.Path, "/a"):
				found(w, nil)
			case strings.HasSuffix(r.URL.Path, "/dumpdata"):
				reply(w, 200, object{"users": nil})
			default:
				reply(w, 200, []object{})
			}
		}))
		s.apply(`user: a: {}`, string(schema.Dangling)+": "+strconv.Itoa(status))
	}
}

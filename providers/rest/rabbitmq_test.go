package rest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// rabbit behaves as RabbitMQ 3.10 does, where that is peculiar: it is a server for tests, and not the
// product.
type rabbit struct {
	shelves
	glances int // at a shovel before it runs
}

func (s *rabbit) handler() http.Handler {
	mux := s.mux(map[string]http.HandlerFunc{
		"GET /api/vhosts":                              func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, s.all("vhost")) },
		"/api/vhosts/{name}":                           s.vhost,
		"GET /api/queues":                              s.queues,
		"/api/queues/{vhost}/{name}":                   s.queue,
		"GET /api/bindings":                            func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, s.all("binding")) },
		"POST /api/bindings/{vhost}/e/{x}/q/{q}":       s.bind,
		"DELETE /api/bindings/{vhost}/e/{x}/q/{q}/{p}": s.unbind,
		"GET /api/users":                               func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, s.all("user")) },
		"/api/users/{name}":                            s.user,
		"GET /api/policies":                            func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, s.all("policy")) },
		"/api/policies/{vhost}/{name}":                 s.policy,
		"GET /api/parameters/shovel/{vhost}": func(w http.ResponseWriter, r *http.Request) {
			reply(w, 200, s.all("shovel "+value(r, "vhost")))
		},
		"/api/parameters/shovel/{vhost}/{name}": s.shovel,
		"GET /api/shovels/{vhost}/{name}":       s.state,
	})
	s.room("vhost")["/"] = object{"name": "/", "cluster_state": object{"node": "running"}}
	s.room("queue")["/ amq.gen-1"] = object{"vhost": "/", "name": "amq.gen-1", "messages": 7}
	s.room("queue")["/ reply"] = object{"vhost": "/", "name": "reply", "exclusive": true}
	s.room("binding")["default"] = object{"vhost": "/", "source": "", "destination": "amq.gen-1", "routing_key": "amq.gen-1"}
	return mux
}

// stored is what most of its paths do: one object in a room.
func (s *rabbit) stored(w http.ResponseWriter, r *http.Request, room, name string, made func(body object) object) {
	there := s.room(room)[name]
	switch {
	case r.Method == http.MethodPut:
		s.room(room)[name] = made(received(r))
		reply(w, map[bool]int{true: 204, false: 201}[there != nil], nil)
	case r.Method == http.MethodDelete && there != nil:
		delete(s.room(room), name)
		reply(w, 204, nil)
	default:
		found(w, there)
	}
}

func (s *rabbit) vhost(w http.ResponseWriter, r *http.Request) {
	name := value(r, "name")
	s.stored(w, r, "vhost", name, func(body object) object {
		return object{"name": name, "description": body["description"], "cluster_state": object{}}
	})
}

// queues are given by page; a page after the last is refused.
func (s *rabbit) queues(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.Atoi(r.FormValue("page"))
	size, _ := strconv.Atoi(r.FormValue("page_size"))
	all := s.all("queue")
	if from := (number - 1) * size; from < 0 || from >= len(all) {
		reply(w, 400, object{"error": "page_out_of_range"})
	} else {
		reply(w, 200, object{"items": all[from:min(from+size, len(all))], "total_count": len(all)})
	}
}

func (s *rabbit) queue(w http.ResponseWriter, r *http.Request) {
	vhost, name := value(r, "vhost"), value(r, "name")
	if there := s.room("queue")[vhost+" "+name]; there != nil && r.Method == http.MethodPut {
		reply(w, 400, object{"error": "bad_request", "reason": "inequivalent arg"})
		return
	}
	s.stored(w, r, "queue", vhost+" "+name, func(body object) object {
		return object{"vhost": vhost, "name": name, "durable": body["durable"] == true, "arguments": body["arguments"], "messages": 0, "exclusive": false}
	})
}

func (s *rabbit) bind(w http.ResponseWriter, r *http.Request) {
	body := received(r)
	if s.room("queue")[value(r, "vhost")+" "+value(r, "q")] == nil {
		reply(w, 400, object{"reason": "no queue '" + value(r, "q") + "' in vhost"})
		return
	}
	key, _ := body["routing_key"].(string)
	minted := strings.ReplaceAll(key, "#", "%23") + "~"
	s.room("binding")[value(r, "q")+" "+minted] = object{
		"vhost": value(r, "vhost"), "source": value(r, "x"), "destination": value(r, "q"), "routing_key": key,
		"destination_type": "queue", "properties_key": minted, "arguments": body["arguments"],
	}
	reply(w, 201, nil)
}

// unbind wants the minted name as it was given, and not escaped once more.
func (s *rabbit) unbind(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.EscapedPath(), "/")
	name := value(r, "q") + " " + parts[len(parts)-1]
	there := s.room("binding")[name]
	delete(s.room("binding"), name)
	found(w, there)
}

// user is wiped of its hash by a PUT without it.
func (s *rabbit) user(w http.ResponseWriter, r *http.Request) {
	name := value(r, "name")
	s.stored(w, r, "user", name, func(body object) object {
		tags, isText := body["tags"].(string)
		if !isText {
			tags = fmt.Sprint("not a text: ", body["tags"])
		}
		return object{"name": name, "password_hash": body["password_hash"], "tags": strings.Split(tags, ","), "hashing_algorithm": "rabbit_password_hashing_sha256"}
	})
}

func (s *rabbit) policy(w http.ResponseWriter, r *http.Request) {
	vhost, name := value(r, "vhost"), value(r, "name")
	s.stored(w, r, "policy", vhost+" "+name, func(body object) object {
		return with(object{"vhost": vhost, "apply-to": "all", "priority": 0}, with(body, object{"name": name}))
	})
}

func (s *rabbit) shovel(w http.ResponseWriter, r *http.Request) {
	vhost, name := value(r, "vhost"), value(r, "name")
	s.glances = 2
	s.stored(w, r, "shovel "+vhost, name, func(body object) object {
		return object{"value": body["value"], "vhost": vhost, "component": "shovel", "name": name}
	})
}

func (s *rabbit) state(w http.ResponseWriter, r *http.Request) {
	there := s.room("shovel " + value(r, "vhost"))[value(r, "name")]
	s.glances--
	switch {
	case there == nil && s.glances < 0:
		found(w, nil)
	case s.glances >= 0:
		reply(w, 200, object{"state": "starting"})
	default:
		reply(w, 200, object{"state": "running"})
	}
}

const rabbitItems = `
vhost: "/": description: "the first"
vhost: "a/b%": {}
queue: "%2F/orders": durable: true
queue: "%2F/orders/": durable: true
queue: "a%2Fb%25/x": {durable: false, arguments: "x-max-length": 7}
binding: "%2F/amq.topic/orders/": {}
binding: "%2F/amq.topic/orders/a.#": {}
user: alice: {password_hash: "env:HASH", tags: ["management", "monitoring"]}
policy: "a%2Fb%25/ttl": {pattern: ".*", definition: "message-ttl": 1000}
`

func TestRabbitMQ(t *testing.T) {
	server := &rabbit{}
	s := begin(t, "rabbitmq", server.handler())
	s.secrets["env:HASH"] = "c2FsdGhhc2g="
	items := strings.Replace(rabbitItems, `queue: "%2F/orders/": durable: true`, "", 1)
	s.converges(items)
	if got := server.room("user")["alice"]; got["password_hash"] != "c2FsdGhhc2g=" || !slices.Equal(got["tags"].([]string), []string{"management", "monitoring"}) {
		t.Errorf("alice is %v", got)
	}
	// Somebody sets another policy's apply-to, and another tag: the one stays, the other is put back.
	server.room("policy")["a/b% ttl"]["apply-to"] = "queues"
	server.room("user")["alice"]["tags"] = []string{"management"}
	s.plans(items, "~ user/alice (changed on the peer) tags")
	changed := strings.Replace(items, "1000", "2000", 1)
	s.converges(changed)
	if got := server.room("policy")["a/b% ttl"]["apply-to"]; got != "queues" {
		t.Errorf("the policy applies to %v: a full replacement starts from what is there", got)
	}
	if got := server.room("user")["alice"]["password_hash"]; got != "c2FsdGhhc2g=" {
		t.Errorf("the hash is %v", got)
	}
	// Another hash on the server is seen, though the server is the only one who knows the password.
	server.room("user")["alice"]["password_hash"] = "b3RoZXI="
	s.plans(changed, "~ user/alice (changed on the peer) password_hash")
	s.converges(changed)
	// What is no longer wanted goes, children first; what the server brought along stays.
	s.converges(`vhost: "/": description: "the first"`)
	if len(server.room("queue")) != 2 || len(server.room("binding")) != 1 || len(server.room("vhost")) != 1 {
		t.Errorf("left: %v", server.rooms)
	}
}

// TestTheServersOwnIsNotManaged: what is skipped is neither counted nor written, even if somebody names it.
func TestTheServersOwnIsNotManaged(t *testing.T) {
	s := begin(t, "rabbitmq", (&rabbit{}).handler())
	_, round := s.plan("")
	if got := round.Plan.Peers[0].Foreign; got != 1 {
		t.Errorf("%d foreign items, want the vhost alone", got)
	}
	s.apply(`queue: "%2F/amq.gen-1": durable: true`, "it is not managed")
	if got := s.writes(); len(got) != 0 {
		t.Errorf("it was asked %s", got)
	}
}

// TestRoleThatIsThereOrNot waits until the shovel runs, and until it is gone.
func TestRoleThatIsThereOrNot(t *testing.T) {
	server := &rabbit{}
	s := begin(t, "rabbitmq", server.handler())
	const active = `shovel: "%2F/move": {"src-queue": "a", "dest-queue": "b"}`
	s.converges(active)
	if want := []time.Duration{100 * time.Millisecond, 200 * time.Millisecond}; !slices.Equal(s.pauses, want) {
		t.Errorf("it waited %v, want %v", s.pauses, want)
	}
	s.converges("")
	if len(server.room("shovel /")) != 0 || len(s.pauses) != 4 {
		t.Errorf("%v, waited %v", server.rooms, s.pauses)
	}
}

// TestSettlingEnds: what does not happen in time has failed, and its state is told.
func TestSettlingEnds(t *testing.T) {
	server := &rabbit{}
	s := begin(t, "rabbitmq", server.handler())
	s.pause = func() { server.glances = 9 }
	s.apply(`shovel: "%2F/move": {"src-queue": "a", "dest-queue": "b"}`, "after 5 s its /state is starting")
}

func TestMissingReferenceIsSaidSo(t *testing.T) {
	s := begin(t, "rabbitmq", (&rabbit{}).handler())
	s.apply(`binding: "%2F/amq.topic/nowhere/": {}`, "create binding/%2F/amq.topic/nowhere/: dangling: 400 Bad Request: no queue 'nowhere' in vhost")
}

// TestIDsOfSeveralParts: a part may have anything in it, and an id of other parts is refused.
func TestIDsOfSeveralParts(t *testing.T) {
	s := begin(t, "rabbitmq", (&rabbit{}).handler())
	const refused = "is no id of this kind: write vhost/name, and %2F for a slash within a part"
	s.apply(`queue: {"orders": {}, "%2F/a/b": {}, "%2f/a": {}}`, refused, refused, refused)
	s.apply(`queue: "%2F/": {}`, "{name}: it is empty")
	s.apply(`shovel: "move": {"src-queue": "a", "dest-queue": "b"}`, "write vhost/name")
}

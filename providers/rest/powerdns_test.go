package rest_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema/load"
)

// powerdns behaves as PowerDNS 4.7 does, where that is peculiar: it is a server for tests, and not the
// product. A room "rrset ZONE" has a zone's records.
type powerdns struct {
	shelves
	serial int // of all its zones: every write raises it
}

func (s *powerdns) handler() http.Handler {
	const zones = "/api/v1/servers/localhost/zones"
	return s.mux(map[string]http.HandlerFunc{
		"GET " + zones:  s.list,
		"POST " + zones: s.create,
		"GET " + zones + "/{zone}": func(w http.ResponseWriter, r *http.Request) {
			found(w, s.zone(value(r, "zone"), r.FormValue("rrset_name")))
		},
		"PUT " + zones + "/{zone}":   s.update,
		"PATCH " + zones + "/{zone}": s.patch,
		"DELETE " + zones + "/{zone}": func(w http.ResponseWriter, r *http.Request) {
			delete(s.room("zone"), value(r, "zone"))
			reply(w, 204, nil)
		},
	})
}

// list leaves out what only the zone itself shows.
func (s *powerdns) list(w http.ResponseWriter, _ *http.Request) {
	all := []object{}
	for _, zone := range s.all("zone") {
		all = append(all, object{"name": zone["name"], "id": zone["name"], "kind": zone["kind"], "serial": s.serial})
	}
	reply(w, 200, all)
}

func (s *powerdns) zone(name, only string) object {
	zone := s.room("zone")[name]
	if zone == nil {
		return nil
	}
	sets := []object{{"name": name, "type": "SOA", "ttl": 3600, "records": []object{{"content": "a.misconfigured.dns.server.invalid."}}}}
	for _, set := range s.all("rrset " + name) {
		if only == "" || set["name"] == only {
			sets = append(sets, set)
		}
	}
	return with(zone, object{"serial": s.serial, "rrsets": sets})
}

func (s *powerdns) create(w http.ResponseWriter, r *http.Request) {
	body := received(r)
	name, _ := body["name"].(string)
	switch {
	case s.room("zone")[name] != nil:
		reply(w, 409, object{"error": "Conflict"})
	case body["nameservers"] == nil || !strings.HasSuffix(name, "."):
		reply(w, 422, object{"error": "Nameservers list must be given (even if empty), and a canonical name"})
	default:
		s.serial++
		s.room("zone")[name] = object{"name": name, "id": name, "kind": body["kind"], "account": body["account"], "api_rectify": body["api_rectify"] == true}
		reply(w, 201, s.zone(name, ""))
	}
}

// update takes nothing but a zone's own settings.
func (s *powerdns) update(w http.ResponseWriter, r *http.Request) {
	body, zone := received(r), s.room("zone")[value(r, "zone")]
	for name := range body {
		if !slices.Contains([]string{"kind", "account", "api_rectify"}, name) {
			reply(w, 422, object{"error": "cannot change " + name})
			return
		}
	}
	s.serial++
	s.room("zone")[value(r, "zone")] = with(zone, body)
	reply(w, 204, nil)
}

// patch replaces and deletes record sets.
func (s *powerdns) patch(w http.ResponseWriter, r *http.Request) {
	sets, _ := received(r)["rrsets"].([]any)
	if len(sets) == 0 {
		reply(w, 422, object{"error": "no rrsets"})
		return
	}
	s.serial++
	room := s.room("rrset " + value(r, "zone"))
	for _, each := range sets {
		set, _ := each.(object)
		name := set["name"].(string) + " " + set["type"].(string)
		if set["changetype"] == "REPLACE" {
			delete(set, "changetype")
			compress(set)
			room[name] = set
		} else {
			delete(room, name)
		}
	}
	reply(w, 204, nil)
}

// compress writes addresses in their shortest form.
func compress(set object) {
	records, _ := set["records"].([]any)
	for _, each := range records {
		record, _ := each.(object)
		if address, err := netip.ParseAddr(fmt.Sprint(record["content"])); err == nil {
			record["content"] = address.String()
		}
	}
}

const dnsItems = `
zone: "example.org.": {kind: "Native", account: "ops"}
zone: "0/25.2.0.192.in-addr.arpa.": kind: "Native"
rrset: "example.org./www.example.org./A": {ttl: 60, records: [{content: "192.0.2.1"}, {content: "192.0.2.2"}]}
rrset: "example.org./www.example.org./AAAA": {ttl: 60, records: [{content: "2001:db8::1"}]}
rrset: "0%2F25.2.0.192.in-addr.arpa./1.0%2F25.2.0.192.in-addr.arpa./PTR": {ttl: 60, records: [{content: "www.example.org."}]}
`

func TestPowerDNS(t *testing.T) {
	server := &powerdns{}
	s := begin(t, "powerdns", server.handler())
	s.converges(dnsItems)
	before := server.serial
	s.idle(dnsItems) // a write that changes nothing would raise the serial
	if server.serial != before {
		t.Errorf("the serial went from %d to %d", before, server.serial)
	}
	s.heard()
	changed := strings.Replace(strings.Replace(dnsItems, "192.0.2.1", "192.0.2.9", 1), "ops", "dev", 1)
	s.converges(changed)
	want := []string{"PATCH /api/v1/servers/localhost/zones/example.org.", "PUT /api/v1/servers/localhost/zones/example.org."}
	if got := s.writes(); len(got) != 0 {
		t.Errorf("after all was done it was asked %s", got)
	}
	if server.serial != before+len(want) {
		t.Errorf("%d writes, want %d", server.serial-before, len(want))
	}
	// Two sets that were swapped are the same set, a record that somebody added is not.
	slices.Reverse(server.room("rrset example.org.")["www.example.org. A"]["records"].([]any))
	s.plans(changed)
	set := server.room("rrset example.org.")["www.example.org. AAAA"]
	set["records"] = append(set["records"].([]any), object{"content": "2001:db8::2"})
	s.plans(changed, "~ rrset/example.org./www.example.org./AAAA (changed on the peer) records")
	s.converges(changed)
	s.converges(strings.Replace(changed, `rrset: "example.org./www.example.org./AAAA": {ttl: 60, records: [{content: "2001:db8::1"}]}`, "", 1))
	if got := server.room("rrset example.org."); len(got) != 1 {
		t.Errorf("left: %v", got)
	}
}

// TestIDsThatTheServerWouldChange are an error where they are written.
func TestIDsThatTheServerWouldChange(t *testing.T) {
	s := begin(t, "powerdns", (&powerdns{}).handler())
	for items, want := range map[string]string{
		`zone: "Example.org.": kind: "Native"`: `cluster.cue:6:23: cluster.items.zone."Example.org.": "Example.org." is not a zone in lower case, with the dot at its end; write it as the product does [item-id]`,
		`zone: "example.org": kind: "Native"`:  `with the dot at its end`,
	} {
		result := load.Load(s.input(items))
		if len(result.Problems) != 1 || !strings.Contains(result.Problems[0].String(), want) {
			t.Errorf("got %v, want %s", result.Problems, want)
		}
	}
}

// TestParentsThatGo: a list that needs a parent which is deleted meanwhile is read again.
func TestParentsThatGo(t *testing.T) {
	server := &powerdns{}
	handler := server.handler()
	s := begin(t, "powerdns", handler)
	s.converges(dnsItems)
	cluster, asked := s.cluster(dnsItems), 0
	for goes := 1; goes <= 2; goes++ { // before its details are read, and before its records are
		s.before = func(r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/zones/example.org.") {
				if asked++; asked == goes {
					server.Lock()
					delete(server.room("zone"), "example.org.")
					clear(server.room("rrset example.org."))
					server.Unlock()
				}
			}
		}
		observation, err := s.open(cluster).Observe(t.Context(), []string{"rrset"})
		if err != nil || observation.Kinds["rrset"].Err != nil || len(observation.Kinds["rrset"].Items) != 1 {
			t.Errorf("got %v, %v", observation, err)
		}
		s.before, asked = func(*http.Request) {}, 0
		s.apply(dnsItems)
	}
}

// TestWhatAServerWritesInItsOwnWay is no drift, until it or what is wanted changes.
func TestWhatAServerWritesInItsOwnWay(t *testing.T) {
	server := &powerdns{}
	s := begin(t, "powerdns", server.handler())
	const items = `
zone: "example.org.": kind: "Native"
rrset: "example.org./www.example.org./AAAA": {ttl: 60, records: [{content: "2001:0DB8:0::1"}, {content: "2001:db8::0:2"}]}
`
	s.converges(items)
	set := server.room("rrset example.org.")["www.example.org. AAAA"]
	slices.Reverse(set["records"].([]any))
	s.idle(items)
	// Another field changes: what the server made of this one is still known.
	other := strings.Replace(items, "ttl: 60", "ttl: 90", 1)
	s.converges(other)
	// Another spelling of the same is written once, and then known.
	spelt := strings.Replace(other, "2001:0DB8:0::1", "2001:db8:0:0::1", 1)
	s.plans(spelt, "~ rrset/example.org./www.example.org./AAAA (changed in Git) records")
	s.converges(spelt)
	server.room("rrset example.org.")["www.example.org. AAAA"]["records"].([]any)[0].(object)["content"] = "2001:db8::7"
	s.plans(spelt, "~ rrset/example.org./www.example.org./AAAA (changed on the peer) records")
	s.converges(spelt)
	// What we made goes without a question, though it never looked as we wrote it.
	s.plans(`zone: "example.org.": kind: "Native"`, "- rrset/example.org./www.example.org./AAAA (no longer in Git)")
	s.converges(`zone: "example.org.": kind: "Native"`)
}

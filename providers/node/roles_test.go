package node

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// book is a node's half of the simplest kind: it believes all that names its boot and no lower epoch.
type book struct {
	tenure Tenure
	err    error // of everything
}

func newBook(err error) *book {
	return &book{err: err, tenure: Tenure{Boot: "B7QX", Now: 90 * time.Second, Places: map[Place]Tenant{}}}
}

func (b *book) Tenure() (Tenure, error) { return b.tenure, b.err }

func (b *book) Grant(g Grant) error {
	switch has := b.tenure.Places[g.Place]; {
	case b.err != nil:
		return b.err
	case g.Boot != b.tenure.Boot:
		return fmt.Errorf("%w: boot %s", ErrRefused, g.Boot)
	case g.Epoch < has.Epoch:
		return fmt.Errorf("%w: %s: epoch %d is below %d", ErrRefused, g.Place, g.Epoch, has.Epoch)
	}
	b.tenure.Store = g.Store
	b.tenure.Places[g.Place] = Tenant{Epoch: g.Epoch, State: "active", Until: g.Until}
	return nil
}

func (b *book) Revoke(r Revoke) (Tenure, error) {
	switch has := b.tenure.Places[r.Place]; {
	case b.err != nil:
		return Tenure{}, b.err
	case r.Epoch < has.Epoch:
		return Tenure{}, fmt.Errorf("%w: %s: epoch %d is below %d", ErrRefused, r.Place, r.Epoch, has.Epoch)
	}
	b.tenure.Places[r.Place] = Tenant{Epoch: r.Epoch, State: "passive"}
	return b.tenure, nil
}

func (b *book) Held() map[string]uint64 {
	held := map[string]uint64{}
	for place, tenant := range b.tenure.Places {
		if tenant.State == "active" {
			held[place.Role] = tenant.Epoch
		}
	}
	return held
}

const (
	grantPath  = "/v1/roles/scheduler/0"
	grantBody  = `{"store":"S1","boot":"B7QX","place":"scheduler/0","epoch":4,"until":120000000000,"stopWithin":5000000000}`
	revokeBody = `{"store":"S1","place":"scheduler/0","epoch":5}`
)

// TestRoles tells one node's story; a step sees what earlier ones did.
func TestRoles(t *testing.T) {
	n := newNode(t, Options{Leases: newBook(nil)})
	for _, step := range []struct {
		method, path, body string
		code               int
		want               string
	}{
		{"GET", "/v1/roles", "", 200, `{"boot":"B7QX","now":90000000000}`},
		{"PUT", grantPath, grantBody, 204, ``},
		{"GET", "/v1/roles", "", 200, `{"store":"S1","boot":"B7QX","now":90000000000,"places":{"scheduler/0":{"epoch":4,"state":"active","until":120000000000}}}`},
		{"PUT", grantPath, strings.Replace(grantBody, "B7QX", "B6", 1), 409, `{"error":"refused: boot B6"}`},
		{"POST", grantPath + "/revoke", revokeBody, 200, `{"store":"S1","boot":"B7QX","now":90000000000,"places":{"scheduler/0":{"epoch":5,"state":"passive"}}}`},
		{"PUT", grantPath, grantBody, 409, `{"error":"refused: scheduler/0: epoch 4 is below 5"}`},

		// What says nothing, or two things.
		{"PUT", "/v1/roles/scheduler/1", grantBody, 400, `{"error":"scheduler/1: the body is about scheduler/0"}`},
		{"PUT", grantPath, `{"place":"scheduler/00"}`, 400, `{"error":"scheduler/0: body: place \"scheduler/00\": want ROLE/NUMBER, a role as a kind is named and a number from 0"}`},
		{"PUT", "/v1/roles/scheduler/-1", grantBody, 400, `{"error":"place \"scheduler/-1\": want ROLE/NUMBER, a role as a kind is named and a number from 0"}`},
		{"PUT", "/v1/roles/a%2Fb/1", grantBody, 400, `{"error":"place \"a/b/1\": want ROLE/NUMBER, a role as a kind is named and a number from 0"}`},
		{"PUT", grantPath, `{"place":"scheduler/0","till":1}`, 400, `{"error":"scheduler/0: body: json: unknown field \"till\""}`},
		{"PUT", grantPath, `{"place":"scheduler/0","epoch":-1}`, 400, `{"error":"scheduler/0: body: json: cannot unmarshal number -1 into Go struct field Grant.epoch of type uint64"}`},
		{"PUT", grantPath, `{"epoch":7}`, 400, `{"error":"scheduler/0: the body is about /0"}`},
		{"POST", grantPath, revokeBody, 405, `{"error":"POST /v1/roles/scheduler/0: method not allowed"}`},
		{"GET", grantPath + "/revoke", "", 405, `{"error":"GET /v1/roles/scheduler/0/revoke: method not allowed"}`},
	} {
		w := n.do(step.method, step.path, step.body)
		if got := strings.TrimSpace(w.Body.String()); w.Code != step.code || got != step.want {
			t.Errorf("%s %s %s:\n got %d %s\nwant %d %s", step.method, step.path, step.body, w.Code, got, step.code, step.want)
		}
	}
}

// TestRolesUnavailable asks a node for leases that it does not run, cannot run yet, or cannot write down.
func TestRolesUnavailable(t *testing.T) {
	for want, o := range map[string]Options{
		`404 {"error":"this node runs no leases"}`:             {},
		`503 {"error":"not ready: it is being stopped"}`:       {Leases: newBook(fmt.Errorf("%w: it is being stopped", ErrNotReady))},
		`500 {"error":"the file is gone"}`:                     {Leases: newBook(errors.New("the file is gone"))},
		`401 {"error":"the bearer token is missing or wrong"}`: {Leases: newBook(nil), Token: "s3cret"},
	} {
		n := newNode(t, o)
		for _, request := range [][]string{{"GET", "/v1/roles", ""}, {"PUT", grantPath, grantBody}, {"POST", grantPath + "/revoke", revokeBody}} {
			w := n.do(request[0], request[1], request[2])
			if got := fmt.Sprintf("%d %s", w.Code, strings.TrimSpace(w.Body.String())); got != want {
				t.Errorf("%v: %s, want %s", request, got, want)
			}
		}
	}
}

// TestLeasesComponent is not well where something may run that should not.
func TestLeasesComponent(t *testing.T) {
	b := newBook(nil)
	n := newNode(t, Options{Leases: b})
	for _, step := range []struct {
		tenants map[Place]Tenant
		err     error
		want    string
	}{
		{nil, nil, `{"ok":true}`},
		{map[Place]Tenant{{"a", 0}: {1, "active", 1}, {"b", 0}: {1, "passive", 0}, {"c", 0}: {1, "stopping", 90 * time.Second}}, nil, `{"ok":true}`},
		{map[Place]Tenant{{"b", 1}: {1, "stopping", 1}, {"a", 2}: {1, "stopping", 0}}, nil, `{"ok":false,"detail":"not stopped in time: a/2, b/1"}`},
		{nil, ErrNotReady, `{"ok":false,"detail":"not ready"}`},
	} {
		b.tenure.Places, b.err = step.tenants, step.err
		w := n.do("GET", "/v1/components", "")
		if !strings.Contains(w.Body.String(), `"leases":`+step.want) || (w.Code == 200) != strings.Contains(step.want, "true") {
			t.Errorf("%d %s, want %s", w.Code, w.Body, step.want)
		}
	}
}

// TestFireUnderRole has a schedule fire only for the times at which its role was held, and says at which epoch.
func TestFireUnderRole(t *testing.T) {
	var log bytes.Buffer
	b := newBook(nil)
	n := newNode(t, Options{Leases: b, Logger: testLogger(&log)})
	n.do("PUT", itemPath("schedule", "ours"), `{"cron":"* * * * *","role":"scheduler"}`)
	n.do("PUT", itemPath("schedule", "free"), `{"cron":"2 * * * *"}`)
	n.do("PUT", itemPath("schedule", "other"), `{"cron":"* * * * *","role":"router"}`)
	log.Reset()
	scheduler := Place{"scheduler", 0}
	hold := func(place Place, epoch uint64) { b.tenure.Places[place] = Tenant{Epoch: epoch, State: "active"} }
	at := func(d time.Duration) { n.fire(t, noon.Add(d)) }

	at(-time.Second)
	hold(scheduler, 3) // after what was looked at last: noon may have been another's
	at(time.Second)
	at(time.Minute)
	hold(scheduler, 5) // somebody held it in between
	at(2 * time.Minute)
	at(3 * time.Minute)
	delete(b.tenure.Places, scheduler)
	at(4 * time.Minute)
	hold(scheduler, 7)
	at(4*time.Minute + time.Second) // it was granted: what comes up from here on is ours
	at(5 * time.Minute)
	hold(scheduler, 0) // whatever epoch that is
	at(6 * time.Minute)
	at(6*time.Minute + 1)
	want := `level=INFO msg=fire schedule=ours due=2026-01-02T12:01:00.000Z role=scheduler epoch=3
level=INFO msg=fire schedule=free due=2026-01-02T12:02:00.000Z
level=INFO msg=fire schedule=ours due=2026-01-02T12:03:00.000Z role=scheduler epoch=5
level=INFO msg=fire schedule=ours due=2026-01-02T12:05:00.000Z role=scheduler epoch=7
`
	if diff := cmp.Diff(want, log.String()); diff != "" {
		t.Error(diff)
	}
	answer := fired{}
	unmarshal(t, n.do("GET", "/v1/fires", ""), &answer)
	if last := answer.Fires[3]; last.Role != "scheduler" || last.Epoch != 7 {
		t.Errorf("it answers %+v", last)
	}
}

// TestFireWithoutLeases never fires what is under a role, and says so.
func TestFireWithoutLeases(t *testing.T) {
	n := newNode(t, Options{})
	n.do("PUT", itemPath("schedule", "a"), `{"cron":"* * * * *","role":"scheduler"}`)
	n.do("PUT", itemPath("schedule", "off"), `{"cron":"* * * * *","role":"scheduler","enabled":false}`)
	for d := range 3 {
		n.fire(t, noon.Add(time.Duration(d)*time.Minute))
	}
	if got := n.fires(t, 0); got != nil {
		t.Errorf("it fired %q", got)
	}
	w := n.do("GET", "/v1/components", "")
	if want := `"detail":"schedules that cannot run: a: role \"scheduler\": this node runs no leases, and never holds it"`; w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), want) {
		t.Errorf("%d %s, want %s", w.Code, w.Body, want)
	}
}

// TestFireEvery fires at moments on which all nodes agree.
func TestFireEvery(t *testing.T) {
	n := newNode(t, Options{})
	n.do("PUT", itemPath("schedule", "x"), `{"cron":"* * * * *","every":"250ms"}`)
	n.fire(t, noon.Add(-time.Second+time.Millisecond))
	n.fire(t, noon)
	var answer fired
	unmarshal(t, n.do("GET", "/v1/fires", ""), &answer)
	var got []string
	for _, f := range answer.Fires {
		got = append(got, f.Due.Format("05.000"))
	}
	if diff := cmp.Diff([]string{"59.250", "59.500", "59.750", "00.000"}, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"9ms", "61m", "-1s", "often"} {
		n.do("PUT", itemPath("schedule", "x"), `{"every":"`+bad+`"}`)
		n.fire(t, noon)
		if w := n.do("GET", "/v1/components", ""); !strings.Contains(w.Body.String(), "want a duration from 10ms to 1h0m0s") {
			t.Errorf("%s: %s", bad, w.Body)
		}
	}
}

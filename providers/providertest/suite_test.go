package providertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/schema"
)

func TestTheSuitePasses(t *testing.T) {
	Run(t, (&memory{items: schema.Items{}}).suite())
}

// recorder keeps a test from failing.
type recorder struct {
	testing.TB
	said []string
}

type stop struct{}

func (r *recorder) Helper()                           {}
func (r *recorder) Error(args ...any)                 { r.said = append(r.said, fmt.Sprint(args...)) }
func (r *recorder) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }
func (r *recorder) Fatal(args ...any)                 { r.Error(args...); panic(stop{}) }

func (r *recorder) take(s step) {
	defer func() {
		if p := recover(); p != nil && p != any(stop{}) {
			panic(p)
		}
	}()
	s.take(r)
}

// TestTheSuiteFindsFaults: each fault is found, in the step that looks for it.
func TestTheSuiteFindsFaults(t *testing.T) {
	c := (&memory{}).suite().read(t)
	for fault, want := range map[string]string{
		"a missing item is an error":       "missing: read ",
		"a missing item is empty":          "missing: read ",
		"a missing item cannot be deleted": "missing: delete ",
		"another instance":                 "missing: it was instance",
		"a kind cannot be listed":          "missing: no list",
		"nothing is written":               "create: list: ",
		"a read leaves a field out":        "create: read: folder/big: quota is <nil>",
		"a create overwrites":              "create again: create ",
		"the list is old":                  "update: list: folder/inbox: path is /srv/inbox, want /data/inbox",
		"an update forgets":                "update: list: ",
		"a bad item is taken":              "refused: create folder/",
		"a list stops after a page":        "many: list: folder/",
		"a delete takes all":               "many: list: folder/",
		"a delete does nothing":            "many: it has folder/many-",
	} {
		t.Run(fault, func(t *testing.T) {
			r := &recorder{TB: t}
			m := &memory{fault: fault, items: schema.Items{}}
			for _, step := range begin(t, m.suite(), c).steps() {
				if r.take(step); len(r.said) > 0 {
					r.said[0] = step.name + ": " + r.said[0]
					break
				}
			}
			if len(r.said) == 0 || !strings.HasPrefix(r.said[0], want) {
				t.Errorf("got %.300q, want %q...", r.said, want)
			}
		})
	}
}

package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// state is what every store does.
type state interface {
	Recall(cluster, serial string) (plan.Memory, error)
	Settled(cluster, serial string) (string, plan.Settled, error)
	Begin(cluster, serial string, now plan.Memory, forget []schema.Key) error
	Remember(cluster, serial string, records map[schema.Key]plan.Record, forget []schema.Key) error
	Finish(cluster string, report, applied any) error
	Applied() (map[string]json.RawMessage, error)
	Close() error
}

// conform holds a store to what reconcile expects of one. open opens what is kept under a name in dir.
func conform(t *testing.T, open func(t tester, dir string) state) {
	for name, test := range map[string]func(t *testing.T, s state, reopen func() state){
		"nothing is remembered of a peer never seen":     conformEmpty,
		"records come back, secrets as marks":            conformRoundTrip,
		"what is forgotten is gone":                      conformForget,
		"Begin replaces the intents":                     conformIntents,
		"Remember settles the intents":                   conformSettled,
		"as what a peer is settled":                      conformPeerSettled,
		"Begin for another instance forgets the base":    conformInstance,
		"Begin does all or nothing":                      conformWhole,
		"clusters, peers and items with odd names":       conformNames,
		"names that cannot be kept are refused":          conformRefused,
		"everything outlives the process":                conformReopen,
		"peers are written at the same time":             conformConcurrent,
		"a report that cannot be kept is an error":       conformFinish,
		"to remember nothing is to do nothing":           conformNothing,
		"what was applied is kept until more is":         conformApplied,
		"numbers of every size keep every digit of them": conformNumbers,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			reopen := func() state {
				ok(t, s.Close())
				s = open(t, dir)
				return s
			}
			test(t, s, reopen)
			ok(t, s.Close())
		})
	}
}

// tester is a test, or one try of a property.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func ok(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func key(id string) schema.Key { return schema.Key{Kind: "host", ID: id} }

func given(body schema.Body, ids ...string) map[schema.Key]plan.Record {
	all := map[schema.Key]plan.Record{}
	for _, id := range ids {
		all[key(id)] = plan.Record{Body: body, Revision: "r1"}
	}
	return all
}

// recalls compares what is remembered; nothing and nil are the same.
func recalls(t tester, s state, cluster, serial string, want plan.Memory) {
	t.Helper()
	got, err := s.Recall(cluster, serial)
	ok(t, err)
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("%s/%s: -want +got:\n%s", cluster, serial, d)
	}
	instance, as, err := s.Settled(cluster, serial)
	ok(t, err)
	switch known := want.Settled != (plan.Settled{}) && len(want.Intents) == 0; {
	case known && (instance != want.Instance || as != want.Settled):
		t.Fatalf("%s/%s: settled as %+v on %q, want %+v", cluster, serial, as, instance, want)
	case !known && as != (plan.Settled{}):
		t.Fatalf("%s/%s: settled as %+v, want nothing", cluster, serial, as)
	}
}

func conformEmpty(t *testing.T, s state, _ func() state) {
	recalls(t, s, "mft", "1001", plan.Memory{})
	ok(t, s.Begin("mft", "1002", plan.Memory{}, nil))
	recalls(t, s, "mft", "1001", plan.Memory{})
	recalls(t, s, "mft", "1002", plan.Memory{})
}

func conformRoundTrip(t *testing.T, s state, reopen func() state) {
	secret := schema.NewSecret("swordfish", []byte("key"))
	body := schema.Body{
		"s": "ü<&>\"\\\x00", "n": int64(1), "f": 1.5, "b": true, "null": nil, "l": []any{"x", map[string]any{"y": int64(2)}},
		"o": map[string]any{"p": secret}, "e": map[string]any{}, "el": []any{},
	}
	ok(t, s.Remember("mft", "1001", given(body, "a"), nil))
	body["o"] = map[string]any{"p": secret.Mark()}
	recalls(t, s, "mft", "1001", plan.Memory{Base: given(body, "a")})
	recalls(t, reopen(), "mft", "1001", plan.Memory{Base: given(body, "a")})
}

func conformNumbers(t *testing.T, s state, _ func() state) {
	body := schema.Body{"i": int64(9007199254740993), "big": json.Number("123456789012345678901234567890"), "f": 0.1}
	ok(t, s.Remember("mft", "1001", given(body, "a"), nil))
	recalls(t, s, "mft", "1001", plan.Memory{Base: given(body, "a")})
}

func conformForget(t *testing.T, s state, _ func() state) {
	ok(t, s.Remember("mft", "1001", given(schema.Body{"n": int64(1)}, "a", "b", "c"), nil))
	ok(t, s.Remember("mft", "1001", nil, []schema.Key{key("a"), key("never there")}))
	ok(t, s.Begin("mft", "1001", plan.Memory{}, []schema.Key{key("b")}))
	recalls(t, s, "mft", "1001", plan.Memory{Base: given(schema.Body{"n": int64(1)}, "c")})
}

func conformIntents(t *testing.T, s state, _ func() state) {
	first, second := given(schema.Body{"n": int64(1)}, "a", "b"), given(schema.Body{"n": int64(2)}, "b", "c")
	ok(t, s.Begin("mft", "1001", plan.Memory{Intents: first}, nil))
	recalls(t, s, "mft", "1001", plan.Memory{Intents: first})
	ok(t, s.Begin("mft", "1001", plan.Memory{Intents: second}, nil))
	recalls(t, s, "mft", "1001", plan.Memory{Intents: second})
	ok(t, s.Begin("mft", "1001", plan.Memory{}, nil))
	recalls(t, s, "mft", "1001", plan.Memory{})
}

func conformSettled(t *testing.T, s state, _ func() state) {
	intents := given(schema.Body{"n": int64(1)}, "written", "deleted", "open")
	ok(t, s.Begin("mft", "1001", plan.Memory{Intents: intents}, nil))
	ok(t, s.Remember("mft", "1001", given(schema.Body{"n": int64(2)}, "written"), []schema.Key{key("deleted")}))
	recalls(t, s, "mft", "1001", plan.Memory{
		Base:    given(schema.Body{"n": int64(2)}, "written"),
		Intents: given(schema.Body{"n": int64(1)}, "open"),
	})
}

// conformPeerSettled has it outlive the process, and end with the next Begin or with what is remembered.
func conformPeerSettled(t *testing.T, s state, reopen func() state) {
	as := plan.Settled{Digest: "d", Desired: "h", InSync: 3, Foreign: 1}
	ok(t, s.Begin("mft", "1001", plan.Memory{Instance: "i1", Settled: as}, nil))
	ok(t, s.Remember("mft", "1001", nil, nil))
	s = reopen()
	recalls(t, s, "mft", "1001", plan.Memory{Instance: "i1", Settled: as})
	recalls(t, s, "mft", "1002", plan.Memory{})
	ok(t, s.Remember("mft", "1001", nil, []schema.Key{key("a")}))
	recalls(t, s, "mft", "1001", plan.Memory{Instance: "i1"})
	ok(t, s.Begin("mft", "1001", plan.Memory{Instance: "i1", Settled: as}, nil))
	ok(t, s.Begin("mft", "1001", plan.Memory{Instance: "i1"}, nil))
	recalls(t, s, "mft", "1001", plan.Memory{Instance: "i1"})
	intents := given(schema.Body{"n": int64(1)}, "a")
	ok(t, s.Begin("mft", "1001", plan.Memory{Instance: "i1", Settled: as, Intents: intents}, nil))
	recalls(t, s, "mft", "1001", plan.Memory{Instance: "i1", Settled: as, Intents: intents})
}

func conformInstance(t *testing.T, s state, reopen func() state) {
	old, base := given(schema.Body{"n": int64(1)}, "a", "b"), given(schema.Body{"n": int64(2)}, "b")
	ok(t, s.Begin("mft", "1001", plan.Memory{Instance: "i1", Base: old}, nil))
	ok(t, s.Begin("mft", "1001", plan.Memory{Instance: "i1"}, nil))
	recalls(t, s, "mft", "1001", plan.Memory{Instance: "i1", Base: old})
	ok(t, s.Begin("mft", "1001", plan.Memory{Instance: "i2", Base: base, Intents: old}, nil))
	recalls(t, reopen(), "mft", "1001", plan.Memory{Instance: "i2", Base: base, Intents: old})
}

// conformWhole has Begin fail in its last step, and wants nothing of the steps before it.
func conformWhole(t *testing.T, s state, _ func() state) {
	before := plan.Memory{Instance: "i1", Base: given(schema.Body{"n": int64(1)}, "a"), Intents: given(schema.Body{}, "b")}
	ok(t, s.Begin("mft", "1001", before, nil))
	unwritable := given(schema.Body{"f": func() {}}, "c")
	after := plan.Memory{Instance: "i2", Base: given(schema.Body{}, "d"), Intents: unwritable}
	if err := s.Begin("mft", "1001", after, []schema.Key{key("a")}); err == nil {
		t.Fatal("no error")
	}
	if err := s.Remember("mft", "1001", unwritable, []schema.Key{key("a")}); err == nil {
		t.Fatal("no error")
	}
	recalls(t, s, "mft", "1001", before)
}

func conformNames(t *testing.T, s state, reopen func() state) {
	names := []string{"a", "a/b", "a\x00b", "a\x00", "b", "\xff\xfe", "..", "ü", "instance", "base", "intent", " ", strings.Repeat("long", 1000)}
	n := int64(0)
	want := map[[2]string]plan.Memory{}
	for _, cluster := range names {
		for _, serial := range names[:4] {
			n++
			memory := plan.Memory{Instance: serial, Base: given(schema.Body{"n": n}, append(names, "")...)}
			ok(t, s.Begin(cluster, serial, memory, nil))
			want[[2]string{cluster, serial}] = memory
		}
	}
	s = reopen()
	for at, memory := range want {
		recalls(t, s, at[0], at[1], memory)
	}
	ok(t, s.Remember("a", "a", nil, slices.Collect(maps.Keys(want[[2]string{"a", "a"}].Base))))
	recalls(t, s, "a", "a", plan.Memory{Instance: "a"})
	recalls(t, s, "a", "a\x00b", want[[2]string{"a", "a\x00b"}])
}

func conformRefused(t *testing.T, s state, _ func() state) {
	long := strings.Repeat("x", 1<<16)
	for _, err := range []error{
		s.Begin("", "1001", plan.Memory{}, nil),
		s.Begin("mft", "", plan.Memory{}, nil),
		s.Remember("mft", "1001", given(schema.Body{}, "short", long), nil),
		s.Finish("", "report", nil),
	} {
		if err == nil {
			t.Error("no error")
		}
	}
	recalls(t, s, "mft", "1001", plan.Memory{})
	recalls(t, s, "", "", plan.Memory{})
}

func conformReopen(t *testing.T, s state, reopen func() state) {
	memory := plan.Memory{Instance: "i", Base: given(schema.Body{"n": int64(1)}, "a"), Intents: given(schema.Body{"n": int64(2)}, "b")}
	ok(t, s.Begin("mft", "1001", memory, nil))
	ok(t, s.Finish("mft", "report", "applied"))
	recalls(t, reopen(), "mft", "1001", memory)
	recalls(t, reopen(), "mft", "1001", memory)
}

func conformConcurrent(t *testing.T, s state, _ func() state) {
	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		group.Go(func() {
			serial, base := fmt.Sprint(i), given(schema.Body{"n": int64(i)}, "a")
			errs[i] = errors.Join(s.Begin("mft", serial, plan.Memory{Intents: base}, nil), s.Remember("mft", serial, base, nil))
			_, err := s.Recall("mft", fmt.Sprint(i+1))
			errs[i] = errors.Join(errs[i], err, s.Finish("mft", i, i))
		})
	}
	group.Wait()
	ok(t, errors.Join(errs...))
	for i := range errs {
		recalls(t, s, "mft", fmt.Sprint(i), plan.Memory{Base: given(schema.Body{"n": int64(i)}, "a")})
	}
}

func conformFinish(t *testing.T, s state, _ func() state) {
	if err := s.Finish("mft", func() {}, nil); err == nil {
		t.Error("no error")
	}
	ok(t, s.Finish("mft", "report", "applied"))
}

func conformApplied(t *testing.T, s state, reopen func() state) {
	keeps := func(s state, want map[string]string) {
		t.Helper()
		got, err := s.Applied()
		ok(t, err)
		texts := map[string]string{}
		for cluster, data := range got {
			texts[cluster] = string(data)
		}
		if d := cmp.Diff(want, texts); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
	}
	keeps(s, map[string]string{})
	ok(t, s.Finish("mft", "report", nil))
	keeps(s, map[string]string{})
	ok(t, s.Finish("mft", "report", map[string]int{"n": 1}))
	ok(t, s.Finish("edi", "report", map[string]int{"n": 2}))
	ok(t, s.Finish("edi", "report", map[string]int{"n": 3}))
	ok(t, s.Finish("mft", "another report", nil))
	if err := s.Finish("mft", "report", func() {}); err == nil {
		t.Error("no error")
	}
	keeps(s, map[string]string{"mft": `{"n":1}`, "edi": `{"n":3}`})
	keeps(reopen(), map[string]string{"mft": `{"n":1}`, "edi": `{"n":3}`})
}

func conformNothing(t *testing.T, s state, _ func() state) {
	ok(t, s.Remember("mft", "1001", nil, nil))
	recalls(t, s, "mft", "1001", plan.Memory{})
}

package store

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

func TestStore(t *testing.T) {
	conform(t, func(t tester, dir string) state { return open(t, dir) })
}

func open(t tester, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Holder{}, 0)
	ok(t, err)
	return s
}

// model is a store as maps, to compare with.
type model map[[2]string]plan.Memory

func (m model) begin(cluster, serial string, now plan.Memory, forget []schema.Key) {
	memory := m[[2]string{cluster, serial}]
	if memory.Instance != now.Instance {
		memory.Base = nil
	}
	memory.Instance, memory.Intents, memory.Settled = now.Instance, now.Intents, now.Settled
	m[[2]string{cluster, serial}] = memory
	m.base(cluster, serial, now.Base, forget)
}

func (m model) remember(cluster, serial string, records map[schema.Key]plan.Record, forget []schema.Key) {
	memory := m[[2]string{cluster, serial}]
	memory.Intents = maps.Clone(memory.Intents)
	for _, key := range slices.Concat(forget, slices.Collect(maps.Keys(records))) {
		delete(memory.Intents, key)
		memory.Settled = plan.Settled{}
	}
	m[[2]string{cluster, serial}] = memory
	m.base(cluster, serial, records, forget)
}

func (m model) base(cluster, serial string, records map[schema.Key]plan.Record, forget []schema.Key) {
	memory := m[[2]string{cluster, serial}]
	base := map[schema.Key]plan.Record{}
	maps.Copy(base, memory.Base)
	for _, key := range forget {
		delete(base, key)
	}
	maps.Copy(base, records)
	memory.Base = base
	m[[2]string{cluster, serial}] = memory
}

// TestStoreIsAMap does anything in any order, and compares with the model.
func TestStoreIsAMap(t *testing.T) {
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		dir := fmt.Sprint(t.TempDir(), "/", n)
		s, m := open(r, dir), model{}
		defer func() { ok(r, s.Close()); ok(r, os.RemoveAll(dir)) }()
		for range rapid.IntRange(1, 5).Draw(r, "steps") {
			cluster, serial := oneOf(r, "a", "b"), oneOf(r, "1", "2")
			base, forget := someRecords(r), slices.Collect(maps.Keys(someRecords(r)))
			switch oneOf(r, "begin", "remember", "reopen") {
			case "begin":
				now := plan.Memory{Instance: oneOf(r, "", "i1", "i2"), Base: base, Intents: someRecords(r), Settled: someSettled(r)}
				ok(r, s.Begin(cluster, serial, now, forget))
				m.begin(cluster, serial, now, forget)
			case "remember":
				ok(r, s.Remember(cluster, serial, base, forget))
				m.remember(cluster, serial, base, forget)
			default:
				ok(r, s.Close())
				s = open(r, dir)
			}
			for _, cluster := range []string{"a", "b"} {
				for _, serial := range []string{"1", "2"} {
					recalls(r, s, cluster, serial, m[[2]string{cluster, serial}])
				}
			}
		}
	})
}

func someSettled(t *rapid.T) plan.Settled {
	return plan.Settled{Digest: oneOf(t, "", "d1", "d2"), InSync: rapid.IntRange(0, 1).Draw(t, "in sync")}
}

func oneOf(t *rapid.T, names ...string) string { return rapid.SampledFrom(names).Draw(t, "one") }

func someRecords(t *rapid.T) map[schema.Key]plan.Record {
	return rapid.MapOfN(
		rapid.Map(rapid.SampledFrom([]string{"x", "y", "z"}), key),
		rapid.Map(rapid.Int64Range(1, 3), func(n int64) plan.Record { return plan.Record{Body: schema.Body{"n": n}, Revision: "r"} }),
		0, 3,
	).Draw(t, "records")
}

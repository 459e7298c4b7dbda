package lease

import (
	"flag"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	million = flag.Bool("million", false, "run TestMillion")
	runs    = flag.Int("runs", 1_000_000, "how many worlds TestMillion goes through")
	from    = flag.Int("from", 1_000_000, "the seed of the first of them")
)

// TestHostile is the proof: in no world as bad as docs/failover.md allows has a place two holders at any instant.
// It tells which share of the time one had one.
func TestHostile(t *testing.T) {
	t.Parallel()
	live(t, 0, fewer(20_000))
}

// TestMillion is the same with other worlds: go test -run Million ./reconcile/lease -million -runs 1000000 -timeout 0.
func TestMillion(t *testing.T) {
	if !*million {
		t.Skip("it takes an hour: ask for it with -million")
	}
	live(t, *from, *runs)
}

// fewer is less where a run takes long.
func fewer(n int) int {
	if testing.Short() || raced {
		return n / 40
	}
	return n
}

// live goes through worlds on all cores.
func live(t *testing.T, from, n int) {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // worlds are small, and there are many
	var next atomic.Int64
	var wait sync.WaitGroup
	var held [2][placesInAll]float64
	var lock sync.Mutex
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := int(next.Add(1)); i <= n && !t.Failed(); i = int(next.Add(1)) {
				seed := uint64(from + i)
				o := simulate(seed, sabotage{}, nil, false)
				if o.violation != "" {
					t.Errorf("seed %d: %s\n%s", seed, o.violation, story(seed, sabotage{}, nil))
				}
				lock.Lock()
				for place := range held[0] {
					held[0][place] += o.held[place] / float64(n)
				}
				lock.Unlock()
			}
		})
	}
	wait.Wait()
	t.Logf("%d worlds of ten minutes: %s was held %.1f%% of the time, %s %.1f%%", n,
		placeOf(leasedPlace), 100*held[0][leasedPlace], placeOf(confirmedPlace), 100*held[0][confirmedPlace])
}

// story is the end of what happened in a world.
func story(seed uint64, s sabotage, shape func(*profile)) string {
	told := simulate(seed, s, shape, true).told
	return strings.Join(told[max(0, len(told)-80):], "\n")
}

// TestCalm: where nothing goes wrong a place is held all the time, but for the wait at the very first.
func TestCalm(t *testing.T) {
	t.Parallel()
	for seed := range uint64(fewer(200)) {
		o := simulate(seed, sabotage{}, calm, false)
		if o.violation != "" || o.held[leasedPlace] < 0.85 || o.held[confirmedPlace] < 0.95 {
			t.Errorf("seed %d: %s, held %v", seed, o.violation, o.held)
		}
	}
}

func calm(p *profile) {
	p.chaos, p.drop, p.twice, p.slow = 0, 0, 0, 0
	p.rivalry, p.doubled, p.restores = 0, false, false
}

// TestMild: with a mishap a minute on a network that is seldom slow, a place is held most of the time.
func TestMild(t *testing.T) {
	t.Parallel()
	var held [placesInAll]float64
	n := fewer(400)
	for seed := range uint64(n) {
		o := simulate(seed, sabotage{}, mild, false)
		if o.violation != "" {
			t.Fatalf("seed %d: %s", seed, o.violation)
		}
		for place := range held {
			held[place] += 100 * o.held[place] / float64(n)
		}
	}
	t.Logf("held %.1f%% of the time", held)
	if held[leasedPlace] < 65 || held[confirmedPlace] < 65 {
		t.Errorf("held %.1f%% of the time only", held)
	}
}

func mild(p *profile) {
	p.troubles, p.chaos, p.drop, p.twice, p.slow, p.rivalry = all(), time.Minute, 0.01, 0.01, 0.01, 0
	p.restores, p.doubled, p.alone, p.verdict = false, false, false, 14*time.Second
}

// TestHeals: once nothing goes wrong any more, every place gets a holder again, whatever was before.
func TestHeals(t *testing.T) {
	t.Parallel()
	for seed := range uint64(fewer(1000)) {
		if o := simulate(seed, sabotage{}, heal, false); o.violation != "" || o.running != [placesInAll]int{1, 1} {
			t.Fatalf("seed %d: %s, held at the end: %v\n%s", seed, o.violation, o.running, story(seed, sabotage{}, heal))
		}
	}
}

// TestHealsAroundRefusal: also where one node lives, answers, and never takes a grant.
func TestHealsAroundRefusal(t *testing.T) {
	t.Parallel()
	around := func(p *profile) {
		heal(p)
		p.refusing = true
	}
	for seed := range uint64(fewer(300)) {
		if o := simulate(seed, sabotage{}, around, false); o.violation != "" || o.running != [placesInAll]int{1, 1} {
			t.Fatalf("seed %d: %s, held at the end: %v\n%s", seed, o.violation, o.running, story(seed, sabotage{}, around))
		}
	}
}

func heal(p *profile) { p.heals, p.doubled = true, false }

// TestOrphans: where a holder's epoch does not rise above what it has seen, a planned move that came to nothing leaves
// a place that nobody ever holds again, unless it is taken away from who stands idle.
func TestOrphans(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2000) {
		if simulate(seed, sabotage{hidesEpochs: true, neverIdle: true}, heal, false).running[leasedPlace] == 0 {
			t.Logf("needed in world %d", seed)
			return
		}
	}
	t.Error("no world shows that it is needed")
}

type shape = func(*profile)

// TestRules takes each rule out of the protocol, and out of what is asked of its surroundings: every time there
// is a world with two holders. With all of them there is none, in the same worlds.
func TestRules(t *testing.T) {
	t.Parallel()
	// Worlds in which what the rule is for happens often.
	only := func(troubles ...trouble) shape {
		return func(p *profile) {
			p.troubles, p.chaos, p.drop = troubles, 8*time.Second, 0
			p.restores, p.doubled, p.configurations, p.alone = false, false, false, false
		}
	}
	and := func(shapes ...shape) shape {
		return func(p *profile) {
			for _, s := range shapes {
				s(p)
			}
		}
	}
	slow := func(p *profile) {
		p.slow, p.rivalry, p.ttl = 0.3, 0.2, [2]time.Duration{15 * time.Second, 20 * time.Second}
	}
	rivals := func(p *profile) { p.slow, p.rivalry, p.verdict = 0, 0.3, 14*time.Second }
	seldom := func(p *profile) { p.chaos, p.verdict = 20*time.Second, 14*time.Second }
	long := func(p *profile) { p.ttl, p.chaos = [2]time.Duration{time.Minute, time.Minute}, 4*time.Second }
	patient := func(p *profile) { p.verdict = 25 * time.Second }
	none := sabotage{}
	for _, rule := range []struct {
		name  string
		s     sabotage
		shape shape
		base  sabotage // what must be out already for it to show, and does no harm by itself in these worlds
	}{
		{"a lease counts from the answer that it is built on", sabotage{fromReceipt: true}, and(only(partings, isolations, misjudgment), slow), none},
		{"a grant is for one boot", sabotage{anyBoot: true}, and(only(crashes, kills), slow), none},
		{"a node obeys one store", sabotage{anyStore: true}, and(only(partings, misjudgment), func(p *profile) { p.doubled = true }), none},
		{"a node refuses lower epochs", sabotage{anyEpoch: true}, and(only(wishes), slow), none},
		{"epochs survive a reboot", sabotage{forgetsEpochs: true, anyBoot: true}, and(only(kills, kills, wishes), slow, long), sabotage{anyBoot: true}},
		{"a node begins to stop in time", sabotage{stopsLate: true}, and(only(isolations, partings, misjudgment)), none},
		{"a node forces what does not stop", sabotage{neverForces: true}, and(only(isolations, partings, misjudgment)), none},
		{"a node boots passive", sabotage{bootsActive: true}, and(only(kills, kills, isolations)), none},
		{"a node is passive when it has stopped", sabotage{stoppingIsPassive: true}, and(only(wishes)), none},
		{"a clock that went back ends all leases", sabotage{trustsClock: true}, and(only(jumps, isolations, misjudgment)), none},
		{"a clock runs on while the machine sleeps", sabotage{clockSleeps: true}, and(only(sleeps)), none},
		{"nothing is granted without a confirm", sabotage{neverConfirms: true}, and(only(blindness, misjudgment)), none},
		{"a confirm counts from when it was asked for", sabotage{confirmedLate: true}, and(only(partings, jams, jams), slow, rivals), none},
		{"a leader waits for its own leases", sabotage{neverWaitsForOwn: true}, and(only(misjudgment, isolations)), none},
		{"a new leader waits for those of others", sabotage{neverWaitsAtFirst: true}, and(only(deaths, isolations, misjudgment)), none},
		{"a leader leads from when the store said so", sabotage{ruledWhenAsked: true}, and(only(misjudgment, partings), slow), none},
		{"a lease can be as new as the answer's arrival", sabotage{countsFromSent: true}, and(only(misjudgment, isolations), slow), none},
		{"clocks differ by rho", sabotage{trustsRates: true}, and(only(isolations, misjudgment), func(p *profile) { p.rho = 0.2 }), none},
		{"nobody is renewed while another may be seated", sabotage{neverCloses: true}, and(only(isolations), slow, patient), none},
		{"the terms in the ledger count", sabotage{ownTerms: true}, and(only(misjudgment, partings), func(p *profile) { p.configurations, p.rivalry = true, 0.2 }), none},
		{"a holder that does not say that it runs may", sabotage{idleIsOver: true}, and(only(partings, refusals), func(p *profile) { p.verdict = time.Hour }), none},
		{"a clean end is no acknowledgement", sabotage{believesClose: true}, and(only(closes), slow), none},
		{"only the leader swaps", sabotage{anyTerm: true}, and(only(isolations, partings, jams, jams), slow, rivals, patient), none},
		{"a swap compares", sabotage{comparesNothing: true}, and(only(misjudgment, wishes), slow), none},
		{"nobody is renewed from a backup", sabotage{restoredIsGood: true}, and(only(restores, wishes, deaths), func(p *profile) { p.restores = true }), none},
		{"a backup has no leader", sabotage{leadsOn: true}, and(only(restores, wishes, wishes, blindness, blindness), rivals, func(p *profile) { p.restores, p.slow = true, 0 }), none},
		{"one controller alone holds without a store", sabotage{anyoneHolds: true}, and(only(blindness, misjudgment, partings)), none},
		{"a dead server may run on", sabotage{neverAsksBack: true}, and(only(isolations, misjudgment)), none},
		{"a server has stopped when it was read back", sabotage{believesStops: true}, and(only(wishes)), none},
		{"a server that was rebooted may run", sabotage{rebootsAreFences: true}, and(only(isolations, crashes)), none},
		{"a start may be late", sabotage{forgetsStarts: true}, and(only(wishes, misjudgment), slow), none},
		{"a server is read back after its own last start", sabotage{remembersOne: true}, and(only(sleeps, misjudgment), seldom), none},
		{"a fence is lifted when the server was read back", sabotage{liftsAtOnce: true}, and(only(isolations, misjudgment)), none},
	} {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(5000) {
				if o := simulate(seed, rule.base, rule.shape, false); o.violation != "" {
					t.Fatalf("with the rule, seed %d: %s\n%s", seed, o.violation, story(seed, rule.base, rule.shape))
				}
				if simulate(seed, rule.s, rule.shape, false).violation != "" {
					t.Logf("needed in world %d", seed)
					return
				}
			}
			t.Error("no world shows that it is needed")
		})
	}
}

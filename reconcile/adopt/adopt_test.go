package adopt

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// cluster has two peers that share folders with all, and one that shares them with its group only.
func cluster(items schema.Items) *schema.Cluster {
	all := map[string]schema.Sharing{"folders": schema.WithAll}
	return &schema.Cluster{
		Name:     "mft",
		Provider: schema.Provider{Kinds: map[string]schema.Kind{"folder": {Class: "folders"}}},
		Peers: map[string]schema.Peer{
			"1": {Address: "a", Share: all},
			"2": {Address: "b", Share: all, Items: schema.Items{"folder": {"in": {"path": "/two"}}}},
			"3": {Address: "c", Group: "lab", Share: map[string]schema.Sharing{"folders": schema.WithGroup}},
		},
		Groups: map[string]schema.Group{"lab": {}},
		Items:  items,
	}
}

func folders(bodies map[string]schema.Body) schema.Items { return schema.Items{"folder": bodies} }

var in = schema.Key{Kind: "folder", ID: "in"}

// TestVerify compares what was taken with what the files then say.
func TestVerify(t *testing.T) {
	before := cluster(folders(map[string]schema.Body{"in": {"path": "/in", "quota": int64(1)}, "out": {"path": "/out"}}))
	path := Placed{Take{Key: in, Serial: "1", Path: []string{"path"}, Value: "/new"}, []string{"cluster"}}
	quota := Placed{Take{Key: in, Serial: "1", Path: []string{"quota"}, Gone: true}, []string{"cluster"}}
	gone := Placed{Take{Key: in, Serial: "1", Gone: true}, []string{"cluster"}}
	fresh := Placed{Take{Key: schema.Key{Kind: "folder", ID: "new"}, Serial: "1", whole: schema.Body{"path": "/n"}}, []string{"cluster"}}
	moved := func() *schema.Cluster {
		c := cluster(folders(map[string]schema.Body{"in": {"path": "/new", "quota": int64(1)}, "out": {"path": "/out"}}))
		return c
	}
	readdressed := moved()
	readdressed.Peers = maps.Clone(readdressed.Peers)
	readdressed.Peers["1"] = schema.Peer{Address: "z", Share: readdressed.Peers["1"].Share}
	for name, c := range map[string]struct {
		after   *schema.Cluster
		placed  []Placed
		reached map[string][]schema.Key
		wrong   string
	}{
		"a field that another peer has otherwise":  {moved(), []Placed{path}, map[string][]schema.Key{}, ""},
		"a field that another peer has from there": {cluster(folders(map[string]schema.Body{"in": {"path": "/in"}, "out": {"path": "/out"}})), []Placed{quota}, map[string][]schema.Key{"2": {in}}, ""},
		"two fields":                     {cluster(folders(map[string]schema.Body{"in": {"path": "/new"}, "out": {"path": "/out"}})), []Placed{path, quota}, map[string][]schema.Key{"2": {in}}, ""},
		"a new item":                     {cluster(folders(map[string]schema.Body{"in": {"path": "/in", "quota": int64(1)}, "out": {"path": "/out"}, "new": {"path": "/n"}})), []Placed{fresh}, map[string][]schema.Key{"2": {fresh.Key}}, ""},
		"nothing happened":               {before, []Placed{path}, nil, "folder/in of 1 would come to something else"},
		"another item changed":           {cluster(folders(map[string]schema.Body{"in": {"path": "/new", "quota": int64(1)}, "out": {"path": "/x"}})), []Placed{path}, nil, "folder/out of 1"},
		"another item went":              {cluster(folders(map[string]schema.Body{"in": {"path": "/new", "quota": int64(1)}})), []Placed{path}, nil, "folder/out of 1"},
		"another field changed":          {cluster(folders(map[string]schema.Body{"in": {"path": "/new", "quota": int64(2)}, "out": {"path": "/out"}})), []Placed{path}, nil, "folder/in of 1"},
		"an item that is still there":    {moved(), []Placed{gone}, nil, "folder/in of 1"},
		"something else than items":      {readdressed, []Placed{path}, nil, "something else than items"},
		"at another peer than was meant": {moved(), []Placed{{path.Take, []string{"cluster", "peers", "9"}}, {Take{Key: in, Serial: "2", Path: []string{"path"}, Value: "/new"}, []string{"cluster", "peers", "2"}}}, nil, "folder/in of 2"},
	} {
		reached, err := Verify(before, c.after, c.placed)
		if c.wrong == "" && (err != nil || !reflect.DeepEqual(reached, c.reached)) {
			t.Errorf("%s: got %v, %v, want %v", name, reached, err, c.reached)
		}
		if c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%s: got %v, want %s", name, err, c.wrong)
		}
	}
}

// TestDeletions takes an item away for all only where every peer that was to have it deleted it.
func TestDeletions(t *testing.T) {
	c := cluster(folders(map[string]schema.Body{"in": {"path": "/in"}}))
	empty := []Held{{"1", folders(map[string]schema.Body{})}, {"2", folders(map[string]schema.Body{})}}
	one := []Candidate{{Key: in, Serial: "1", What: Deleted}}
	both := append(one, Candidate{Key: in, Serial: "2", What: Deleted})
	for name, want := range map[string]struct {
		chosen []Candidate
		scope  string
		gone   bool
	}{"one deleted it, and one was installed anew": {one, "peers", false}, "both deleted it": {both, "cluster", true}} {
		takes, refused := Takes(c, want.chosen, empty, func(string, schema.Key) Fit { return Fit{} }, WhereWritten)
		scope := takes[0].Scopes[0]
		if got := scope[min(1, len(scope)-1)]; got != want.scope || takes[0].Gone != want.gone || len(refused) > 0 {
			t.Errorf("%s: got %+v, %v", name, takes[0], refused)
		}
	}
}

// TestGuard adopts no deletion of a server that was emptied.
func TestGuard(t *testing.T) {
	c := cluster(folders(map[string]schema.Body{}))
	all, err := Requested(c, "*/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		limit   any
		n, all  int
		refused bool
	}{
		{"30%", 1, 2, false},
		{"30%", 3, 10, false},
		{"30%", 4, 10, true},
		{"100%", 10, 10, true},
		{"100%", 9, 10, false},
		{2, 2, 10, false},
		{2, 3, 10, true},
		{0, 1, 10, true},
		{"0%", 1, 10, true},
		{"30%", 1, 1, false},
		{nil, 9, 10, false},
		{nil, 10, 10, true},
	} {
		limit, err := plan.ParseLimit(test.limit, "guards.deletes")
		if err != nil {
			t.Fatal(err)
		}
		p := plan.Peer{Serial: "1", InSync: test.all - test.n}
		for i := range test.n {
			key := schema.Key{Kind: "folder", ID: fmt.Sprint(i)}
			p.Changes = append(p.Changes, plan.Change{Key: key, Action: plan.Create, Reason: plan.Missing})
		}
		chosen, refused := Choose(c, plan.Plan{Peers: []plan.Peer{p}}, nil, []Request{all}, true, limit)
		if want := map[bool]int{true: test.n}[test.refused]; len(refused) != want || len(chosen) != test.n-want {
			t.Errorf("%d of %d with %v: got %v, %v", test.n, test.all, test.limit, chosen, refused)
		}
	}
}

// TestChoose chooses what is named, and of a secret only the name.
func TestChoose(t *testing.T) {
	c := cluster(folders(map[string]schema.Body{"in": {"path": "/in"}}))
	p := plan.Plan{Peers: []plan.Peer{{Serial: "1", InSync: 9, Changes: []plan.Change{
		{Key: in, Action: plan.Update, Fields: []plan.Field{
			{Path: []string{"path"}, Reason: plan.Drift},
			{Path: []string{"quota"}, Reason: plan.Conflict},
			{Path: []string{"note"}, Reason: plan.Git},
			{Path: []string{"password"}, Reason: plan.FirstContact, Secret: true},
		}},
		{Key: schema.Key{Kind: "folder", ID: "gone"}, Action: plan.Create, Reason: plan.Missing},
		{Key: schema.Key{Kind: "folder", ID: "new"}, Action: plan.Create, Reason: plan.New},
	}}}}
	held := []Held{{"1", folders(map[string]schema.Body{"foreign": {}, "in": {}})}}
	for text, want := range map[string]struct {
		fields          [][]string
		chosen, refused int
	}{
		"folder/*":         {[][]string{{"path"}}, 2, 0},
		"folder/in":        {[][]string{{"path"}, {"quota"}}, 1, 1},
		"2:folder/in":      {nil, 0, 0},
		"1:folder/foreign": {nil, 1, 0},
		"folder/new":       {nil, 0, 0},
	} {
		r, err := Requested(c, text)
		if err != nil {
			t.Fatal(err)
		}
		chosen, refused := Choose(c, p, held, []Request{r}, true, plan.Limit{})
		if len(chosen) != want.chosen || len(refused) != want.refused {
			t.Errorf("%s: got %v, %v", text, chosen, refused)
			continue
		}
		if want.fields != nil && !reflect.DeepEqual(chosen[0].Fields, want.fields) {
			t.Errorf("%s: got %v, want %v", text, chosen[0].Fields, want.fields)
		}
	}
}

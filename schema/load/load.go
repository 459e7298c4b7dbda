// Package load turns files of CUE into a cluster, or into problems at the lines that people wrote.
//
// Load is a plain function of the files it is given: no disk, no network, no environment. Because an
// evaluation of CUE cannot be interrupted, and eight lines can keep it busy for ever, programs do not
// call it directly: Child runs it in a process of its own under limits of memory and time, and Cache
// remembers what came out under the hash of what went in.
//
// It is the only package that evaluates CUE. It must not decide what to do about a cluster.
package load

import (
	"errors"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/rules"
)

// Result is a cluster that keeps every rule, or the problems that keep it from being one. File names in
// problems are relative to the root of the files.
type Result struct {
	Cluster  *schema.Cluster  `json:"cluster,omitempty"` // nil where there are problems
	Problems []schema.Problem `json:"problems,omitempty"`
	Refers   bool             `json:"refers,omitempty"` // the files refer to who holds what
	Follow   []schema.Key     `json:"follow,omitempty"` // items, at any scope, that say something else where others hold the roles; sorted

	Places []schema.Position `json:"places,omitempty"` // of the paths that were asked for
	Fits   *Fits             `json:"fits,omitempty"`   // of the items that were to be fitted
	Splice *Splice           `json:"splice,omitempty"` // of the files that were to be changed

	read *schema.Cluster // as far as it could be, also where there are problems
}

// Load evaluates the package in the folder in.Dir, which must have a field `cluster`. It reports all
// problems at once, sorted by place.
func Load(in Input) Result {
	if in.Find != nil {
		return find(in)
	}
	if in.Fit != nil {
		return fitAll(in)
	}
	if in.Splice != nil {
		return spliceAll(in)
	}
	if in.refers() {
		result := loadFollowing(in)
		result.Refers = true
		return result
	}
	return loadFiles(in)
}

// loadFiles evaluates the files where in.so is who holds what.
func loadFiles(in Input) Result {
	if names, rest := shards(in); len(names) > 0 {
		if result, ok := loadApart(in, names, rest); ok {
			return result
		}
	}
	return loadTogether(in)
}

func loadTogether(in Input) Result {
	p, problems := buildPackage(in)
	if problems != nil {
		return failed(problems)
	}
	cluster, err := p.decode()
	return p.judge(cluster, err, p.writesActive(in.so))
}

// loadApart loads shards, and the rest of the files, by themselves. It is not ok where that is not known to
// give what loading them together does.
func loadApart(in Input, names []string, rest map[string][]byte) (result Result, ok bool) {
	p, problems := buildPackage(Input{Files: rest, Dir: in.Dir, so: in.so})
	if problems != nil {
		return Result{}, false
	}
	product, ok := standAlone(p.instance)
	cluster, err := p.decode()
	if !ok || cluster == nil {
		return Result{}, false
	}
	p = p.withShards(in, names)
	problems, ok = p.addShards(in, names, product, cluster)
	return p.judge(cluster, err, append(p.writesActive(in.so), problems...)), ok
}

// judge is the result for a cluster, which was decoded with err, and of which problems are known already.
func (p pkg) judge(cluster *schema.Cluster, err error, known []schema.Problem) Result {
	repeated, rest := p.saidInGo(p.validate())
	found := append(p.diagnose(rest), known...)
	if cluster != nil {
		found = append(found, p.complete(cluster)...)
		p.shorten(found)
		found = append(found, p.unsaid(found)...)
		found = join(found, p.broken(cluster))
	}
	if err != nil && !told(found, err) {
		path := []string{"cluster"}
		found = append(found, schema.Problem{Rule: "schema", Path: path, Message: err.Error(), At: p.locate(path)})
	}
	if len(found) == 0 && len(repeated) == 0 {
		return Result{Cluster: cluster, read: cluster}
	}
	if len(found) == 0 {
		found = p.diagnose(repeated) // CUE knows better after all: nothing it refuses is let through
	}
	result := failed(p.explain(found))
	result.read = cluster
	return result
}

// told tells whether what kept a cluster from being read is among what was found. CUE has said so already,
// but for the lack of a product: that is no error to it, though it may be the consequence of one.
func told(found []schema.Problem, err error) bool {
	ofWhole := func(p schema.Problem) bool { return len(p.Path) <= 1 || strings.HasPrefix(p.Message, undefined) }
	return len(found) > 0 && (!errors.Is(err, errNoProduct) || slices.ContainsFunc(found, ofWhole))
}

// broken finds the rules that a cluster breaks, and where.
func (p pkg) broken(c *schema.Cluster) []schema.Problem {
	problems := append(rules.Check(c), checkProvider(c.Provider)...)
	for i := range problems {
		problems[i].At = p.locate(problems[i].Path)
		for j := range problems[i].Related {
			problems[i].Related[j].At = p.locate(problems[i].Related[j].Path)
		}
	}
	return problems
}

func failed(problems []schema.Problem) Result {
	slices.SortStableFunc(problems, schema.CompareProblems)
	return Result{Problems: foldPatterns(problems)}
}

// checkProvider finds what CUE cannot say of a definition.
func checkProvider(p schema.Provider) []schema.Problem {
	if _, err := p.Levels(); err != nil {
		return []schema.Problem{{Rule: "kind-after-circle", Path: []string{"cluster"}, Message: p.Name + ": " + err.Error()}}
	}
	return nil
}

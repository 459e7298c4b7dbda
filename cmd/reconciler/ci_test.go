package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/encoding/yaml"
	"github.com/rogpeppe/go-internal/testscript"
)

const (
	githubCI = "../../examples/ci/github/reconciler.yml"
	gitlabCI = "../../examples/ci/gitlab/reconciler.gitlab-ci.yml"
)

// workflow is what we use of GitHub's.
type workflow struct {
	Jobs map[string]struct {
		If    string
		Steps []struct {
			Name, Uses, Run string
			Env             map[string]string
		}
	}
}

// comment is the shell of a job's step of that name.
func (w workflow) comment(job string) string {
	for _, step := range w.Jobs[job].Steps {
		if step.Name == "comment" {
			return step.Run
		}
	}
	return ""
}

func readYAML(name string, into any) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	file, err := yaml.Extract(name, data)
	if err != nil {
		return err
	}
	text, err := cuecontext.New().BuildFile(file).MarshalJSON()
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// ciStep returns the shell of a step of the examples: "github JOB STEP" or "gitlab JOB".
func ciStep(args []string) (string, error) {
	if args[0] == "gitlab" {
		var jobs map[string]any
		err := readYAML(gitlabCI, &jobs)
		if err != nil {
			return "", err
		}
		var lines []string
		for _, line := range jobs[args[1]].(map[string]any)["script"].([]any) {
			lines = append(lines, line.(string))
		}
		return strings.Join(lines, "\n"), nil
	}
	var w workflow
	if err := readYAML(githubCI, &w); err != nil {
		return "", err
	}
	for _, step := range w.Jobs[args[1]].Steps {
		if step.Name == args[2] {
			return step.Run, nil
		}
	}
	return "", os.ErrNotExist
}

// ciCmd runs what a step of the examples runs, as a runner does: in a file, by a shell that stops at errors.
func ciCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: ci CODE github JOB STEP, or ci CODE gitlab JOB")
	}
	script, err := ciStep(args[1:])
	ts.Check(err)
	name := filepath.Join(ts.MkAbs("."), ".step.sh")
	ts.Check(os.WriteFile(name, []byte(script), 0o600))
	exitsCmd(ts, false, []string{args[0], "sh", "-e", name})
}

// TestWorkflowsQuoteNothing: what a forge fills in goes into the environment only, never into a shell's
// text, where the title of a pull request would be a command.
func TestWorkflowsQuoteNothing(t *testing.T) {
	var w workflow
	ok(t, readYAML(githubCI, &w))
	steps := 0
	for name, job := range w.Jobs {
		if !strings.Contains(job.If, "head.repo.full_name == github.repository") {
			t.Errorf("%s runs for forks, with secrets", name)
		}
		for _, step := range job.Steps {
			if strings.Contains(step.Run, "${{") {
				t.Errorf("%s, %s: an expression is in the shell's text", name, step.Name)
			}
			if step.Run != "" {
				steps++
			}
		}
	}
	if jobs := len(w.Jobs); jobs != 2 || steps != 4 {
		t.Errorf("%d jobs, %d steps", jobs, steps)
	}
	if w.comment("plan") == "" || w.comment("plan") != w.comment("apply") {
		t.Error("the two steps that comment differ")
	}
}

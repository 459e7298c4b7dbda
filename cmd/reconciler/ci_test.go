package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/encoding/yaml"
	"github.com/rogpeppe/go-internal/testscript"
)

const (
	githubCI     = "../../examples/ci/github/reconciler.yml"
	githubAction = ".github/actions/reconciler" // below the root, and below the repository's name where it is used
	gitlabCI     = "../../examples/ci/gitlab/reconciler.gitlab-ci.yml"
)

// workflow is what we use of GitHub's.
type workflow struct {
	Jobs map[string]struct {
		If    string
		Steps []struct {
			Uses, Run string
			With      map[string]string
		}
	}
}

// with is what a job gives to our action.
func (w workflow) with(job string) map[string]string {
	for _, step := range w.Jobs[job].Steps {
		if strings.HasPrefix(step.Uses, "gitops-reconciler/reconciler/"+githubAction+"@") {
			return step.With
		}
	}
	return nil
}

// action is what we use of GitHub's composite ones.
type action struct {
	Inputs map[string]struct {
		Required bool
		Default  string
	}
	Runs struct {
		Using string
		Steps []actionStep
	}
}

type actionStep struct {
	Name, If, Shell, Run string
	Env                  map[string]string
}

func readGitHub() (w workflow, a action, err error) {
	return w, a, errors.Join(readYAML(githubCI, &w), readYAML("../../"+githubAction+"/action.yml", &a))
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
	w, a, err := readGitHub()
	if err != nil {
		return "", err
	}
	for _, step := range a.Runs.Steps {
		if step.Name != args[2] {
			continue
		}
		if command := w.with(args[1])["command"]; step.If != "always()" && step.If != "inputs.command == '"+command+"'" {
			return "", fmt.Errorf("the job %s does not come to the step %s", args[1], args[2])
		}
		return step.Run, nil
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
	w, a, err := readGitHub()
	ok(t, err)
	for name, job := range w.Jobs {
		if !strings.Contains(job.If, "head.repo.full_name == github.repository") {
			t.Errorf("%s runs for forks, with secrets", name)
		}
		for _, step := range job.Steps {
			if step.Run != "" {
				t.Errorf("%s: a step has a shell of its own, which no script runs", name)
			}
		}
	}
	for _, step := range a.Runs.Steps {
		if strings.Contains(step.Run, "${{") {
			t.Errorf("%s: an expression is in the shell's text", step.Name)
		}
	}
	if len(w.Jobs) != 2 || len(a.Runs.Steps) != 4 {
		t.Errorf("%d jobs, %d steps", len(w.Jobs), len(a.Runs.Steps))
	}
}

// TestWorkflowFitsTheAction: the jobs give it what it asks for, and its steps take nothing else.
func TestWorkflowFitsTheAction(t *testing.T) {
	w, a, err := readGitHub()
	ok(t, err)
	for name := range w.Jobs {
		given := w.with(name)
		for input := range given {
			if _, known := a.Inputs[input]; !known {
				t.Errorf("%s gives %s, which the action does not take", name, input)
			}
		}
		for input, i := range a.Inputs {
			if given[input] == "" && (i.Required || i.Default == "") {
				t.Errorf("%s does not give %s", name, input)
			}
		}
	}
	used := map[string]bool{"command": true}
	for _, step := range a.Runs.Steps {
		for variable, value := range step.Env {
			input := strings.TrimSuffix(strings.TrimPrefix(value, "${{ inputs."), " }}")
			if _, known := a.Inputs[input]; !known && value != "${{ github.repository }}" {
				t.Errorf("%s: %s is %s", step.Name, variable, value)
			}
			used[input] = true
		}
		if step.Shell != "sh -e {0}" {
			t.Errorf("%s: the scripts run it by sh -e, and a runner by %q", step.Name, step.Shell)
		}
		for _, match := range regexp.MustCompile(`\$\{?([A-Z_]+)`).FindAllStringSubmatch(step.Run, -1) {
			if _, given := step.Env[match[1]]; !given {
				t.Errorf("%s: nobody gives it $%s", step.Name, match[1])
			}
		}
	}
	for input := range a.Inputs {
		if !used[input] {
			t.Errorf("no step takes %s", input)
		}
	}
	if a.Runs.Using != "composite" {
		t.Errorf("it is %s", a.Runs.Using)
	}
}

package load

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// clarified are problems with files that CUE cannot read.
func clarified(problems []schema.Problem, in Input) []schema.Problem {
	for i, problem := range problems {
		if problem.Rule == "syntax" {
			problems[i] = clarify(problem, in.Files[problem.At.File])
		}
	}
	return problems
}

// clarify says of what CUE cannot read what was probably meant, which the line tells.
func clarify(problem schema.Problem, file []byte) schema.Problem {
	lines := strings.Split(string(file), "\n")
	if problem.At.Line < 1 || problem.At.Line > len(lines) {
		return problem
	}
	said, line := problem.Message, withoutWords(lines[problem.At.Line-1])
	bare := regexp.MustCompile(`(?:^|[\s{,])([0-9][A-Za-z0-9.-]*|[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)+)\s*:`)
	switch label := bare.FindStringSubmatch(line); {
	case strings.Contains(said, "found 'EOF'"):
		problem.Message, problem.Remedy = "the file ends, and a { or [ is not closed yet", unclosed(lines)
	case strings.Contains(said, "expected 'EOF'"):
		problem.Message, problem.Remedy = "something stands after the end", "a } or ] before it may be one too many"
	case strings.HasPrefix(said, "string literal not terminated"):
		problem.Message, problem.Remedy = "a string does not end on its line", `close it with "`
	case label != nil:
		problem.Message = "the label " + label[1] + " has no quotes"
		problem.Remedy = "a label that begins with a digit or has a dash stands in quotes: " + quoted(label[1])
	case strings.HasPrefix(strings.TrimSpace(line), "- "):
		problem.Remedy = "this is YAML; in CUE a list is [a, b], and what has names is a struct: name: {...}"
	case strings.HasPrefix(said, "expected label or ':', found '}'"):
		problem.Remedy = "a field is written name: value; look at the line above"
	case strings.HasPrefix(said, "expected label or ':'"):
		problem.Remedy = "a field is written name: value"
	}
	return problem
}

// withoutWords is a line without what stands in strings and comments.
func withoutWords(line string) string {
	return regexp.MustCompile(`"(\\.|[^"\\])*"|//.*`).ReplaceAllString(line, `""`)
}

// unclosed names the line whose bracket was probably forgotten: the first whose partner stands further out
// than itself, or else the last that is open.
func unclosed(lines []string) string {
	var open []int // lines, from 0
	for i, line := range lines {
		for _, r := range withoutWords(line) {
			switch {
			case strings.ContainsRune("{[", r):
				open = append(open, i)
			case !strings.ContainsRune("}]", r) || len(open) == 0:
			case indentation(line) < indentation(lines[open[len(open)-1]]):
				return lookAt(open[len(open)-1])
			default:
				open = open[:len(open)-1]
			}
		}
	}
	if len(open) == 0 {
		return ""
	}
	return lookAt(open[len(open)-1])
}

func lookAt(line int) string { return fmt.Sprintf("look at the one on line %d", line+1) }

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

package diagnostics

import (
	"cmp"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

func encodeSARIF(r Report) ([]byte, error) {
	rules := r.rules()
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "reconciler", Version: r.Version, Rules: sarifRules(rules)}},
		Invocations: []sarifInvocation{{ExecutionSuccessful: true}},
		ColumnKind:  "unicodeCodePoints",
		Results:     []sarifResult{},
		Properties:  sarifProperties{len(r.Problems)},
	}
	if hidden := r.hidden(); hidden != "" {
		run.Invocations[0].Notifications = []sarifNotification{{"note", message(hidden)}}
	}
	for _, p := range r.shown() {
		index := slices.IndexFunc(rules, func(rule schema.Rule) bool { return rule.ID == p.Rule })
		run.Results = append(run.Results, sarifProblem(p, index))
	}
	return JSON(sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

func sarifRules(rules []schema.Rule) []sarifRule {
	var all []sarifRule
	for _, rule := range rules {
		all = append(all, sarifRule{rule.ID, message(rule.Sentence), message(cmp.Or(rule.Remedy, rule.Sentence))})
	}
	return all
}

func sarifProblem(p schema.Problem, index int) sarifResult {
	result := sarifResult{RuleID: p.Rule, RuleIndex: index, Level: "error", Message: message(p.Sentence())}
	if at := (sarifLocation{PhysicalLocation: physical(p.At), LogicalLocations: logical(p.Path)}); at.PhysicalLocation != nil || at.LogicalLocations != nil {
		result.Locations = []sarifLocation{at}
	}
	for i, related := range p.Related {
		result.RelatedLocations = append(result.RelatedLocations, sarifLocation{
			ID: new(i + 1), PhysicalLocation: physical(related.At), LogicalLocations: logical(related.Path),
			Message: new(message(said(related))),
		})
	}
	return result
}

// message doubles the braces of a text: single ones stand for an argument (SARIF 2.1.0, 3.11.5).
func message(text string) sarifMessage {
	return sarifMessage{strings.NewReplacer("{", "{{", "}", "}}").Replace(text)}
}

// said is what there is at another place; a place in another commit has no address, so it is named.
func said(r schema.Related) string {
	if r.At.Revision != "" {
		return r.String()
	}
	return r.Message
}

func physical(at schema.Position) *sarifPhysical {
	if at.File == "" || at.Revision != "" {
		return nil
	}
	place := &sarifPhysical{ArtifactLocation: sarifArtifact{uri(at.File)}}
	if at.Line > 0 {
		place.Region = &sarifRegion{at.Line, at.Column}
	}
	return place
}

// uri is a file as SARIF names it: relative where the file's name is.
func uri(file string) string {
	u := url.URL{Path: filepath.ToSlash(file)}
	if filepath.IsAbs(file) {
		u.Scheme, u.Path = "file", "/"+strings.TrimPrefix(u.Path, "/") // a drive's letter needs the slash
	}
	return u.String()
}

func logical(path []string) []sarifLogical {
	if len(path) == 0 {
		return nil
	}
	return []sarifLogical{{schema.JoinPath(path)}}
}

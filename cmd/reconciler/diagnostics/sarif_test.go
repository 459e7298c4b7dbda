package diagnostics_test

import (
	"net/url"
	"regexp"
	"slices"
	"testing"
)

// These are the objects of SARIF 2.1.0 as its schema has them, as far as we may use them; pointers are
// what the schema requires.
type (
	log struct {
		Schema  string  `json:"$schema"`
		Version *string `json:"version"`
		Runs    *[]run  `json:"runs"`
	}
	run struct {
		Tool *struct {
			Driver *struct {
				Name    *string `json:"name"`
				Version string  `json:"version"`
				Rules   []rule  `json:"rules"`
			} `json:"driver"`
		} `json:"tool"`
		Invocations []struct {
			ExecutionSuccessful *bool `json:"executionSuccessful"`
			Notifications       []struct {
				Level   string   `json:"level"`
				Message *message `json:"message"`
			} `json:"toolExecutionNotifications"`
		} `json:"invocations"`
		ColumnKind string         `json:"columnKind"`
		Results    *[]result      `json:"results"`
		Properties map[string]any `json:"properties"`
	}
	rule struct {
		ID               *string  `json:"id"`
		ShortDescription *message `json:"shortDescription"`
		Help             *message `json:"help"`
	}
	message struct {
		Text *string `json:"text"`
	}
	result struct {
		RuleID           string     `json:"ruleId"`
		RuleIndex        *int       `json:"ruleIndex"`
		Level            string     `json:"level"`
		Message          *message   `json:"message"`
		Locations        []location `json:"locations"`
		RelatedLocations []location `json:"relatedLocations"`
	}
	location struct {
		ID               *int `json:"id"`
		PhysicalLocation *struct {
			ArtifactLocation *struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region *struct {
				StartLine   int `json:"startLine"`
				StartColumn int `json:"startColumn"`
			} `json:"region"`
		} `json:"physicalLocation"`
		LogicalLocations []struct {
			FullyQualifiedName string `json:"fullyQualifiedName"`
		} `json:"logicalLocations"`
		Message *message `json:"message"`
	}
)

// readSARIF reads a log as strictly as its schema does, and checks what the schema cannot say.
func readSARIF(t *testing.T, data []byte) run {
	t.Helper()
	var l log
	strictJSON(t, data, &l)
	if l.Version == nil || *l.Version != "2.1.0" || l.Runs == nil || len(*l.Runs) != 1 {
		t.Fatalf("version or runs are missing in\n%s", data)
	}
	r := (*l.Runs)[0]
	if r.Tool == nil || r.Tool.Driver == nil || r.Tool.Driver.Name == nil || r.Results == nil {
		t.Fatalf("tool, driver, name or results are missing in\n%s", data)
	}
	checkRules(t, r)
	for _, result := range *r.Results {
		checkResult(t, r, result)
	}
	return r
}

func checkRules(t *testing.T, r run) {
	t.Helper()
	var ids []string
	for _, rule := range r.Tool.Driver.Rules {
		if rule.ID == nil || rule.ShortDescription == nil || rule.Help == nil {
			t.Fatalf("a rule lacks what is required: %+v", rule)
		}
		checkMessage(t, rule.ShortDescription)
		checkMessage(t, rule.Help)
		if slices.Contains(ids, *rule.ID) {
			t.Errorf("rule %s is there twice", *rule.ID)
		}
		ids = append(ids, *rule.ID)
	}
}

func checkResult(t *testing.T, r run, result result) {
	t.Helper()
	checkMessage(t, result.Message)
	if result.RuleIndex == nil || *r.Tool.Driver.Rules[*result.RuleIndex].ID != result.RuleID {
		t.Errorf("%s: its index leads to another rule", result.RuleID)
	}
	if !slices.Contains([]string{"none", "note", "warning", "error"}, result.Level) {
		t.Errorf("level %s", result.Level)
	}
	for _, location := range slices.Concat(result.Locations, result.RelatedLocations) {
		checkLocation(t, location)
	}
	for _, related := range result.RelatedLocations {
		checkMessage(t, related.Message)
	}
}

func checkLocation(t *testing.T, l location) {
	t.Helper()
	if l.PhysicalLocation == nil {
		return
	}
	u, err := url.Parse(l.PhysicalLocation.ArtifactLocation.URI)
	if err != nil || u.Scheme != "" || u.Path == "" || u.Path[0] == '/' {
		t.Errorf("%s: not a relative URI: %v", l.PhysicalLocation.ArtifactLocation.URI, err)
	}
	if region := l.PhysicalLocation.Region; region != nil && (region.StartLine < 1 || region.StartColumn < 1) {
		t.Errorf("region %+v", region)
	}
}

// checkMessage looks for braces that stand for an argument: there are none.
func checkMessage(t *testing.T, m *message) {
	t.Helper()
	if m == nil || m.Text == nil || *m.Text == "" {
		t.Fatal("a message is missing or empty")
	}
	if single := regexp.MustCompile(`(^|[^{])\{(\{\{)*[^{]|[^}]\}(\}\})*([^}]|$)`).FindString(*m.Text); single != "" {
		t.Errorf("%q: a placeholder at %q", *m.Text, single)
	}
}

func TestSARIFHoldsTheProblems(t *testing.T) {
	r := readSARIF(t, encode(t, "sarif", report()))
	results := *r.Results
	if len(results) != 4 || r.Tool.Driver.Version != "1.2.3" || len(r.Tool.Driver.Rules) != 3 {
		t.Fatalf("got %d results, %d rules", len(results), len(r.Tool.Driver.Rules))
	}
	first := results[0]
	at := first.Locations[0]
	if first.RuleID != "peer-group-exists" || *first.Message.Text != `cluster.peers."1001".group: group is not declared; declare it` ||
		at.PhysicalLocation.ArtifactLocation.URI != "clusters/a%20b.cue" || at.PhysicalLocation.Region.StartLine != 8 ||
		at.PhysicalLocation.Region.StartColumn != 36 || at.LogicalLocations[0].FullyQualifiedName != `cluster.peers."1001".group` {
		t.Errorf("got %+v", first)
	}
	if related := first.RelatedLocations[0]; *related.Message.Text != "the groups" || *related.ID != 1 || related.PhysicalLocation.ArtifactLocation.URI != "groups.cue" {
		t.Errorf("got %+v", related)
	}
	if results[1].Locations[0].PhysicalLocation.Region != nil || results[2].Locations != nil {
		t.Error("places that are not known are made up")
	}
}

func TestSARIFOfAValidConfigurationIsEmpty(t *testing.T) {
	r := readSARIF(t, encode(t, "sarif", valid()))
	if len(*r.Results) != 0 || len(r.Tool.Driver.Rules) != 2 {
		t.Errorf("got %d results, %d rules, want 0 and 2: those of cleo were not checked", len(*r.Results), len(r.Tool.Driver.Rules))
	}
}

func TestSARIFTellsHowManyThereAre(t *testing.T) {
	r := readSARIF(t, encode(t, "sarif", many()))
	if len(*r.Results) != 50 || r.Properties["total"] != 73.0 || *r.Invocations[0].Notifications[0].Message.Text != "... and 23 more" {
		t.Errorf("got %d results, %+v, %+v", len(*r.Results), r.Properties, r.Invocations)
	}
}

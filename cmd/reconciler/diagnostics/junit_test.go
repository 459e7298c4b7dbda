package diagnostics_test

import (
	"encoding/xml"
	"strings"
	"testing"
)

type testsuites struct {
	XMLName  xml.Name    `xml:"testsuites"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Suites   []testsuite `xml:"testsuite"`
}

type testsuite struct {
	Name     string `xml:"name,attr"`
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Skipped  int    `xml:"skipped,attr"`
	Total    struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	} `xml:"properties>property"`
	Cases []struct {
		Name     string `xml:"name,attr"`
		Class    string `xml:"classname,attr"`
		Failures []struct {
			Message string `xml:"message,attr"`
			Type    string `xml:"type,attr"`
			Text    string `xml:",chardata"`
		} `xml:"failure"`
		Skipped *struct {
			Message string `xml:"message,attr"`
		} `xml:"skipped"`
	} `xml:"testcase"`
	Out string `xml:"system-out"`
}

// readJUnit reads a document, and writes and reads it again.
func readJUnit(t *testing.T, data []byte) testsuite {
	t.Helper()
	var first, second testsuites
	if err := xml.Unmarshal(data, &first); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	again, err := xml.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(again, &second); err != nil || len(second.Suites[0].Cases) != len(first.Suites[0].Cases) {
		t.Fatalf("read again: %v", err)
	}
	s := first.Suites[0]
	failed, skipped := 0, 0
	for _, test := range s.Cases {
		if test.Skipped != nil {
			skipped++
		}
		if len(test.Failures) > 0 {
			failed++
		}
	}
	if s.Tests != len(s.Cases) || s.Failures != failed || s.Skipped != skipped || first.Tests != s.Tests || first.Failures != failed {
		t.Errorf("the counts are wrong: %+v", first)
	}
	return s
}

func TestJUnitFailsTheRulesThatAreBroken(t *testing.T) {
	s := readJUnit(t, encode(t, "junit", report()))
	if s.Tests != 3 || s.Failures != 3 || s.Total.Name != "total" || s.Total.Value != "4" {
		t.Fatalf("got %+v", s)
	}
	first := s.Cases[0]
	if first.Name != "peer-group-exists" || first.Class != "reconciler.validate" || first.Failures[0].Type != first.Name ||
		first.Failures[0].Message != `cluster.peers."1001".group: group is not declared; declare it` ||
		!strings.Contains(first.Failures[0].Text, "clusters/a b.cue:8:36: ") || !strings.Contains(first.Failures[0].Text, "    groups.cue:2:1: the groups") {
		t.Errorf("got %+v", first)
	}
	if len(s.Cases[1].Failures) != 2 {
		t.Errorf("two problems of one rule are %d failures", len(s.Cases[1].Failures))
	}
}

// TestJUnitPassesOnlyWhatWasChecked: a file that does not fit the vocabulary breaks none of the other
// rules, but keeps none of them either.
func TestJUnitPassesOnlyWhatWasChecked(t *testing.T) {
	r := report()
	r.Problems = r.Problems[1:2]
	s := readJUnit(t, encode(t, "junit", r))
	if s.Cases[0].Skipped == nil || len(s.Cases[1].Failures) != 1 {
		t.Errorf("got %+v", s.Cases)
	}
	r.Problems = report().Problems[:1]
	if s := readJUnit(t, encode(t, "junit", r)); s.Skipped != 0 {
		t.Errorf("%d rules are skipped although there was a cluster", s.Skipped)
	}
}

func TestJUnitOfAValidConfigurationPasses(t *testing.T) {
	if s := readJUnit(t, encode(t, "junit", valid())); s.Tests != 2 || s.Failures != 0 || s.Total.Value != "0" {
		t.Errorf("got %+v", s)
	}
}

func TestJUnitTellsHowManyThereAre(t *testing.T) {
	if s := readJUnit(t, encode(t, "junit", many())); s.Out != "... and 23 more" || s.Total.Value != "73" || len(s.Cases[1].Failures) != 50 {
		t.Errorf("got %s of %s", s.Out, s.Total.Value)
	}
}

package diagnostics

import (
	"encoding/xml"
	"fmt"

	"github.com/gitops-reconciler/reconciler/schema"
)

// The elements of JUnit's XML, as far as its readers agree on them.
type (
	suites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Suites   []suite  `xml:"testsuite"`
	}
	suite struct {
		Name       string      `xml:"name,attr"`
		Tests      int         `xml:"tests,attr"`
		Failures   int         `xml:"failures,attr"` // testcases that have one or more
		Errors     int         `xml:"errors,attr"`
		Skipped    int         `xml:"skipped,attr"`
		Properties []attribute `xml:"properties>property"`
		Cases      []testcase  `xml:"testcase"`
		Out        string      `xml:"system-out,omitempty"`
	}
	attribute struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	testcase struct {
		Name     string    `xml:"name,attr"`
		Class    string    `xml:"classname,attr"`
		Failures []failure `xml:"failure"`
		Skipped  *skipped  `xml:"skipped"`
	}
	skipped struct {
		Message string `xml:"message,attr"`
	}
	failure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// encodeJUnit makes a test of each rule, which fails once for each problem. Where the files could not be
// read as a cluster, nobody can tell whether the other rules are kept.
func encodeJUnit(r Report) ([]byte, error) {
	s := suite{
		Name:       "configuration",
		Properties: []attribute{{"total", fmt.Sprint(len(r.Problems))}},
		Out:        r.hidden(),
	}
	for _, rule := range r.rules() {
		test := testcase{Name: Printable(rule.ID), Class: "reconciler.validate", Failures: failures(r.shown(), rule.ID)}
		switch {
		case len(test.Failures) > 0:
			s.Failures++
		case r.unread():
			s.Skipped++
			test.Skipped = &skipped{"the files must fit the vocabulary first"}
		}
		s.Cases = append(s.Cases, test)
	}
	s.Tests = len(s.Cases)
	all := suites{Name: "reconciler validate", Tests: s.Tests, Failures: s.Failures, Suites: []suite{s}}
	encoded, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, err
	}
	return append([]byte(xml.Header), append(encoded, '\n')...), nil
}

func failures(problems []schema.Problem, rule string) []failure {
	var all []failure
	for _, p := range problems {
		if p.Rule == rule {
			all = append(all, failure{Message: Printable(p.Sentence()), Type: Printable(p.Rule), Text: Text([]schema.Problem{p})})
		}
	}
	return all
}

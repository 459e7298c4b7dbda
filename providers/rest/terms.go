package rest

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
)

// terms are what a call has of its own beside method, path and query: what is sent with it, and which
// answers are good. The zero value is JSON, any status of 200 to 299, and 404 for what is not there.
type terms struct {
	Headers map[string]string `json:"headers"`
	Form    bool              `json:"form"`
	OK      []int             `json:"ok"`
	Gone    []int             `json:"gone"`
	Fail    string            `json:"fail"`

	fail *regexp.Regexp
}

func (t *terms) check() (err error) {
	if t.Fail != "" {
		if t.fail, err = regexp.Compile(t.Fail); err != nil {
			return fmt.Errorf("fail: %w", err)
		}
	}
	if err := checkHeaders(t.Headers); err != nil {
		return fmt.Errorf("headers: %w", err)
	}
	return nil
}

func checkHeaders(headers map[string]string) error {
	for name := range headers {
		switch http.CanonicalHeaderKey(name) {
		case "Authorization", "Cookie", "Host":
			return fmt.Errorf("%s is not for a definition to give: credentials are the peer's", name)
		}
	}
	return nil
}

func (t *terms) good(status int) bool {
	if len(t.OK) > 0 {
		return slices.Contains(t.OK, status)
	}
	return status >= 200 && status < 300
}

// gone tells whether an answer means that what the call is about is not there.
func (t *terms) gone(status int) bool {
	if len(t.Gone) > 0 {
		return slices.Contains(t.Gone, status)
	}
	return status == http.StatusNotFound
}

// fails tells whether an answer of a good status refuses all the same.
func (t *terms) fails(data []byte) bool { return t.fail != nil && t.fail.Match(data) }

// says tells whether there is something in an answer to be decoded. One that is searched for words is text,
// unless it was asked for data.
func (t *terms) says(method string, status int, data []byte) bool {
	text := t.fail != nil && method != http.MethodGet || status >= 300
	return !text && len(bytes.TrimSpace(data)) > 0
}

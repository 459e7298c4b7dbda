package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/gitops-reconciler/reconciler/schema"
)

// taker takes items out of an answer while it comes in, so that a list of any length is in memory once.
type taker struct {
	at    pointer                               // the items
	shape string                                // array, map, single
	each  func(label string, element any) error // label is the name of an item of a map

	there bool // whether the answer had anything at the place
	from  *metered
}

// take reads a whole answer, and returns what it has beside the items.
func (t *taker) take(from *metered) (any, error) {
	t.from = from
	decoder := json.NewDecoder(from)
	rest, err := t.descend(decoder, t.at)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.Join(errors.New("more than one JSON value"), err)
	}
	return rest, nil
}

func (t *taker) descend(decoder *json.Decoder, steps pointer) (any, error) {
	if len(steps) == 0 {
		t.there = true
		return nil, t.elements(decoder)
	}
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	if token != json.Delim('{') {
		return nil, t.absent()
	}
	rest := map[string]any{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		if name == steps[0] {
			rest[steps[0]], err = t.descend(decoder, steps[1:])
		} else {
			rest[name.(string)], err = schema.NextValue(decoder)
		}
		if err != nil {
			return nil, err
		}
	}
	_, err = decoder.Token()
	return rest, err
}

// elements hands over what stands there. Some servers say null where a list is empty.
func (t *taker) elements(decoder *json.Decoder) error {
	if t.shape == "single" {
		return t.only(decoder)
	}
	opening := json.Delim('[')
	if t.shape == "map" {
		opening = '{'
	}
	start, err := decoder.Token()
	switch {
	case err != nil || start == nil:
		return err
	case start != opening:
		return t.absent()
	}
	for err == nil && decoder.More() {
		err = t.element(decoder, t.shape == "map")
	}
	if err == nil {
		_, err = decoder.Token()
	}
	return err
}

func (t *taker) only(decoder *json.Decoder) error {
	value, err := schema.NextValue(decoder)
	if err != nil {
		return err
	}
	return t.each("", value)
}

func (t *taker) element(decoder *json.Decoder, labelled bool) error {
	var label string
	if labelled {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		label = name.(string)
	}
	value, err := schema.NextValue(decoder)
	if err != nil {
		return err
	}
	t.from.understood()
	return t.each(label, value)
}

// unusable is an answer that is JSON, and not what it should be.
type unusable struct{ error }

func (t *taker) absent() error {
	return unusable{fmt.Errorf("its answer has no list at %q", t.at)}
}

// answered reads an answer: whole, or while it comes in.
func (c *Client) answered(r request, response *http.Response, lost bool) (answer, error) {
	if r.take != nil && response.StatusCode < 300 && r.terms.good(response.StatusCode) {
		return c.stream(r, response)
	}
	return c.read(r, response, lost)
}

// stream has an answer taken while it comes in.
func (c *Client) stream(r request, response *http.Response) (answer, error) {
	if err := c.confessed(r, response); err != nil {
		return answer{status: response.StatusCode}, err
	}
	body := &metered{from: response.Body, most: c.options.MaxBytes}
	value, err := r.take(body)
	a := answer{status: response.StatusCode, body: value, size: body.size}
	if c.definition.api.ETag {
		a.tag = tagOf(response) // it may be a trailer
	}
	_, makesNoSense := errors.AsType[unusable](err)
	switch {
	case err == nil && body.size <= body.most:
		return a, nil
	case body.err != nil:
		err = failure(r.op, schema.Unreachable, fmt.Errorf("its answer broke off: %w", plain(body.err)))
	case body.size > body.most:
		err = failure(r.op, schema.Garbled, fmt.Errorf("its answer is longer than %d bytes", body.most))
	case makesNoSense:
		err = failure(r.op, schema.Garbled, err)
	case body.quiet:
		err = failure(r.op, schema.Garbled, fmt.Errorf("its answer is not JSON to the end: %w", err))
	case len(bytes.TrimSpace(body.head)) == 0:
		err = failure(r.op, schema.Garbled, fmt.Errorf("its answer (%s) is empty", response.Status))
	default:
		err = failure(r.op, schema.Garbled, fmt.Errorf("its answer is not JSON (%w): %s; is this the admin API of a %s?", err, excerpt(c.conceal(r, body.head)), c.definition.provider.Name))
	}
	return answer{}, err
}

// confessed looks at the beginning of an answer that may refuse although its status is good, and puts back
// what it read.
func (c *Client) confessed(r request, response *http.Response) error {
	if r.terms.fail == nil {
		return nil
	}
	head, err := io.ReadAll(io.LimitReader(response.Body, peek))
	if err != nil {
		return failure(r.op, schema.Unreachable, fmt.Errorf("its answer broke off: %w", plain(err)))
	}
	if r.terms.fails(head) {
		return failure(r.op, schema.Rejected, fmt.Errorf("%s: %s", response.Status, c.words(r, head)))
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), response.Body), response.Body}
	return nil
}

// metered counts what is read, up to one byte more than may be, and keeps the beginning for people until
// it turns out to be what was asked for.
type metered struct {
	from io.Reader
	most int64

	size  int64
	head  []byte
	quiet bool
	err   error // other than the end
}

func (m *metered) understood() { m.head, m.quiet = nil, true }

func (m *metered) Read(p []byte) (int, error) {
	if m.size > m.most {
		return 0, io.EOF
	}
	n, err := m.from.Read(p[:min(int64(len(p)), m.most+1-m.size)])
	m.size += int64(n)
	if !m.quiet {
		m.head = append(m.head, p[:min(n, peek-len(m.head))]...)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		m.err = err
	}
	return n, err
}

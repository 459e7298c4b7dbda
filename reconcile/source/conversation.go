package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
)

func (w *httpWire) talk(ctx context.Context, program string) (conversation, error) {
	first, err := http.NewRequestWithContext(ctx, http.MethodGet, w.at.below("info/refs", "service="+program), http.NoBody)
	if err != nil {
		return nil, bare(err)
	}
	answer, err := w.send(first, program+"-advertisement")
	return &httpConversation{ctx: ctx, wire: w, program: program, first: answer}, err
}

// httpConversation is two requests.
type httpConversation struct {
	ctx           context.Context
	wire          *httpWire
	program       string
	first, second io.ReadCloser // what they are answered; the second is nil before it is asked
}

func (c *httpConversation) refs() io.Reader { return c.first }

func (c *httpConversation) ask(request []byte) (io.Reader, error) {
	r, err := http.NewRequestWithContext(c.ctx, http.MethodPost, c.wire.at.below(c.program, ""), bytes.NewReader(request))
	if err != nil {
		return nil, bare(err)
	}
	r.Header.Set("Content-Type", "application/x-"+c.program+"-request")
	c.second, err = c.wire.send(r, c.program+"-result")
	return c.second, err
}

func (c *httpConversation) Close() error {
	if c.second == nil {
		return finish(c.first)
	}
	return errors.Join(finish(c.first), finish(c.second))
}

// finish reads up to the end, which the protocol tells before http does: else the connection could not be kept.
func finish(body io.ReadCloser) error {
	_, _ = io.CopyN(io.Discard, body, 1)
	return body.Close()
}

// send gives the body of an answer, if it is of the type that a Git server's has.
func (w *httpWire) send(r *http.Request, kind string) (io.ReadCloser, error) {
	r.Header.Set("User-Agent", capability.DefaultAgent())
	w.sign(r)
	res, err := w.client.Do(r)
	if err != nil {
		return nil, bare(err)
	}
	if err := judge(res, "application/x-"+kind); err != nil {
		return nil, errors.Join(err, res.Body.Close())
	}
	return res.Body, nil
}

// judge says what an answer means that is not the one asked for. Its body is not shown: it is a page.
func judge(res *http.Response, kind string) error {
	switch code := res.StatusCode; {
	case code == http.StatusUnauthorized:
		return errors.New("it wants credentials, or other ones (401); see that they are in force")
	case code == http.StatusForbidden:
		return errors.New("these credentials may not do that (403); give them the right, or others")
	case code == http.StatusNotFound:
		return errors.New("there is no such repository, or these credentials may not see it (404)")
	case code >= 300 && code < 400:
		return fmt.Errorf("it sends us elsewhere (%d%s), and we do not follow: give the URL it is at", code, target(res))
	case code != http.StatusOK:
		return fmt.Errorf("the server answers with status %d; see how it is", code)
	}
	if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, kind) {
		return fmt.Errorf("what answers is no Git server (it sends %q); see that the URL is complete, often with .git", brief(got))
	}
	return nil
}

// target is where a redirect leads, as far as it can be shown.
func target(res *http.Response) string {
	to, err := res.Location()
	if err != nil {
		return ""
	}
	return ", to " + brief((&url.URL{Scheme: to.Scheme, Host: to.Host, Path: strings.TrimSuffix(to.Path, "/info/refs")}).String())
}

// bare leaves out the URL that an error of net/http begins with.
func bare(err error) error {
	if inner, ok := errors.AsType[*url.Error](err); ok {
		return inner.Err
	}
	return err
}

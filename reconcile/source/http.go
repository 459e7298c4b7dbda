package source

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// httpWire speaks to a server over http or https.
type httpWire struct {
	at     address
	client *http.Client
	sign   func(*http.Request)
}

func newHTTPWire(at address, o RemoteOptions) (*httpWire, error) {
	sign, err := o.signature(at)
	if err != nil {
		return nil, err
	}
	roots, err := o.roots()
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		Proxy:               proxy,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: 10 * time.Second,
		IdleConnTimeout:     90 * time.Second,
	}
	// A redirect could lead what signs us in to somebody else, and the loop away from where it was sent.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &httpWire{at, &http.Client{Transport: transport, CheckRedirect: stay}, sign}, nil
}

// proxy is the environment's. What is wrong with its URL is not repeated, for that may hold a password.
func proxy(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errors.New("the proxy that the environment names (HTTPS_PROXY, HTTP_PROXY) is no URL")
	}
	return u, nil
}

// signature is what signs a request in. Credentials are not sent in the clear, but to this machine.
func (o RemoteOptions) signature(at address) (func(*http.Request), error) {
	user, password, token := o.User, o.Password.Reveal(), o.Token.Reveal()
	if at.user != "" || at.password != "" {
		if user+password+token != "" {
			return nil, errors.New("there are credentials in the URL and beside it; give one of them")
		}
		user, password = at.user, at.password
	}
	switch {
	case user+password != "" && token != "":
		return nil, errors.New("there is a password and a token; give one of them")
	case user+password+token == "":
		return func(*http.Request) {}, nil
	case at.scheme == "http" && !loopback(at.host):
		return nil, errors.New("credentials would be sent in the clear; give an https URL, or no credentials")
	case token != "":
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }, nil
	}
	return func(r *http.Request) { r.SetBasicAuth(user, password) }, nil
}

func loopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return name == "localhost" || net.ParseIP(strings.Trim(name, "[]")).IsLoopback()
}

func (o RemoteOptions) roots() (*x509.CertPool, error) {
	if len(o.CA) == 0 {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(o.CA) {
		return nil, errors.New("the certificates of the authority are none: give them in PEM")
	}
	return pool, nil
}

func (w *httpWire) close() { w.client.CloseIdleConnections() }

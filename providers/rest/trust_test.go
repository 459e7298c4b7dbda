package rest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// authority signs certificates for a test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err == nil {
		a.certificate, err = x509.ParseCertificate(der)
	}
	if err != nil {
		t.Fatal(err)
	}
	a.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign makes a certificate for 127.0.0.1 that is valid for an hour; edit makes it another.
func (a *authority) sign(t *testing.T, edit func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "leaf"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if edit != nil {
		edit(template)
	}
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// asPEM is a certificate and its key as a client is given them.
func asPEM(t *testing.T, c tls.Certificate) Credentials {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return Credentials{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}),
		Key:         schema.NewSecret(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})), nil),
	}
}

func uri(text string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		parsed, _ := url.Parse(text)
		c.URIs = []*url.URL{parsed}
	}
}

// TestWhoThePeerIs: wrong name, expired, not yet valid, unknown authority, and the good certificate of
// another peer. Each is told in a sentence that says what to do, and nothing is sent.
func TestWhoThePeerIs(t *testing.T) {
	ours := newAuthority(t, "ours")
	named := func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"n1.example"}, nil }
	expired := func(c *x509.Certificate) {
		c.NotAfter = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
		c.NotBefore = c.NotAfter.Add(-time.Hour)
	}
	early := func(c *x509.Certificate) {
		c.NotBefore = time.Date(2999, 1, 2, 3, 4, 5, 0, time.UTC)
		c.NotAfter = c.NotBefore.Add(time.Hour)
	}
	for name, test := range map[string]struct {
		edit    func(*x509.Certificate)
		options Options
		want    []string // nil: trusted
	}{
		"good":                     {nil, Options{}, nil},
		"another name":             {named, Options{}, []string{"the certificate of 127.0.0.1:", "is for n1.example, and not for 127.0.0.1", "credentials.serverName"}},
		"the name that is told":    {named, Options{ServerName: "n1.example"}, nil},
		"not the name told":        {named, Options{ServerName: "n2.example"}, []string{"is for n1.example, and not for n2.example"}},
		"no name":                  {func(c *x509.Certificate) { c.IPAddresses = nil }, Options{}, []string{"is for no name at all"}},
		"expired":                  {expired, Options{}, []string{"expired at 2025-01-02T03:04:05Z: renew it on the peer"}},
		"not yet valid":            {early, Options{}, []string{"is not valid before 2999-01-02T03:04:05Z: set the clocks right"}},
		"unknown authority":        {nil, Options{CA: newAuthority(t, "theirs").pem}, []string{"is signed by CN=ours, an authority that is not trusted here", "credentials.ca"}},
		"for clients only":         {func(c *x509.Certificate) { c.ExtKeyUsage = c.ExtKeyUsage[1:] }, Options{}, []string{"is not good: ", "key usage"}},
		"its identity":             {uri("spiffe://x/1001"), Options{Identity: "spiffe://x/1001"}, nil},
		"another peer's":           {uri("spiffe://x/1002"), Options{Identity: "spiffe://x/1001"}, []string{"is that of spiffe://x/1002, and credentials.identity wants spiffe://x/1001: another peer answers"}},
		"no identity":              {nil, Options{Identity: "spiffe://x/1001"}, []string{"is that of nobody: it has no URI"}},
		"the beginning of another": {uri("spiffe://x/10011"), Options{Identity: "spiffe://x/1001"}, []string{"another peer answers"}},
		"its identity, not name":   {func(c *x509.Certificate) { named(c); uri("spiffe://x/1001")(c) }, Options{Identity: "spiffe://x/1001"}, []string{"is for n1.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, _ := secure(t, &tls.Config{Certificates: []tls.Certificate{ours.sign(t, test.edit)}})
			s := setup{options: test.options}
			s.options.Wait = time.Minute // none of it is worth another try
			if s.options.CA == nil {
				s.options.CA = ours.pem
			}
			_, err := connect(t, define(t, s), server.URL, s).Read(t.Context(), schema.Key{Kind: "thing", ID: "a"})
			if test.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			failed(t, err, schema.Untrusted, test.want...)
		})
	}
}

// TestAWriteThatIsLostBeforeAStranger: the first attempt reached the peer, and nobody knows what became of
// it; that the next met a stranger does not make it certain.
func TestAWriteThatIsLostBeforeAStranger(t *testing.T) {
	ours := newAuthority(t, "ours")
	good, expired := ours.sign(t, nil), ours.sign(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	var shown atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	}))
	server.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if shown.Add(1) == 1 {
			return &tls.Config{Certificates: []tls.Certificate{good}}, nil
		}
		return &tls.Config{Certificates: []tls.Certificate{expired}}, nil
	}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	s := setup{options: Options{CA: ours.pem}}
	client := connect(t, define(t, s), server.URL, s)
	change := plan.Change{Key: schema.Key{Kind: "thing", ID: "a"}, Action: plan.Update, Body: schema.Body{}}
	failed(t, client.Write(t.Context(), change, schema.Body{}), schema.Unreachable, "expired at")
	failed(t, client.Write(t.Context(), change, schema.Body{}), schema.Untrusted, "expired at")
}

// TestAStrangerIsNotAskedAgain: who it is will not be otherwise in a second.
func TestAStrangerIsNotAskedAgain(t *testing.T) {
	for _, err := range []error{&stranger{}, &tls.CertificateVerificationError{}, &net.OpError{Op: "dial", Err: &forbidden{}}} {
		if !hopeless(fmt.Errorf("wrapped: %w", err)) {
			t.Errorf("%T is worth another try", err)
		}
	}
}

// TestClientCertificates: a server that asks for a certificate gets ours, and says no to none and to others.
func TestClientCertificates(t *testing.T) {
	ours, theirs := newAuthority(t, "ours"), newAuthority(t, "theirs")
	pool := x509.NewCertPool()
	pool.AddCert(ours.certificate)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server, _ := secure(t, &tls.Config{
			Certificates: []tls.Certificate{ours.sign(t, nil)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MaxVersion: version,
		})
		for name, test := range map[string]struct {
			credentials Credentials
			cause       schema.Cause
		}{
			"ours":              {asPEM(t, ours.sign(t, nil)), ""},
			"none":              {Credentials{}, schema.Unauthorised},
			"another authority": {asPEM(t, theirs.sign(t, nil)), schema.Unauthorised},
		} {
			s := setup{credentials: test.credentials, options: Options{CA: ours.pem}}
			_, err := connect(t, define(t, s), server.URL, s).Read(t.Context(), schema.Key{Kind: "thing", ID: "a"})
			if test.cause == "" {
				if err != nil {
					t.Errorf("%x, %s: %v", version, name, err)
				}
				continue
			}
			failed(t, err, test.cause, "refuses our certificate, or misses one", "credentials.certificate and key")
		}
	}
}

func TestOpenRefusesHalfAPair(t *testing.T) {
	a := newAuthority(t, "ours")
	one, other := asPEM(t, a.sign(t, nil)), asPEM(t, a.sign(t, nil))
	for want, credentials := range map[string]Credentials{
		"a certificate and its key come together":   {Certificate: one.Certificate},
		"come together; give both":                  {Key: one.Key},
		"private key does not match":                {Certificate: one.Certificate, Key: other.Key},
		"certificate and key: tls: failed to find":  {Certificate: []byte("canary"), Key: one.Key},
		"credentials: certificate and key: tls: fa": {Certificate: one.Certificate, Key: schema.NewSecret("canary", nil)},
	} {
		_, err := define(t, setup{}).Open("https://127.0.0.1:1", credentials, Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
			continue
		}
		leaks(t, want, err.Error())
	}
}

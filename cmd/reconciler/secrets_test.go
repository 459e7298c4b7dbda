package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/providers/rest"
	"github.com/gitops-reconciler/reconciler/schema"
)

func TestResolve(t *testing.T) {
	files := map[string]string{"/run/pw": "from-file\n", "cluster/pw": "relative\r\n", "/two": "a\n\n", "/empty": "\n"}
	s := secrets{
		dir: "cluster",
		getenv: func(name string) (string, bool) {
			v, ok := map[string]string{"PW": "from-env", "EMPTY": ""}[name]
			return v, ok
		},
		readFile: func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		},
	}
	for reference, want := range map[string]string{
		"env:PW": "from-env", "file:/run/pw": "from-file", "file:pw": "relative", "file:/two": "a\n",
	} {
		if got, err := s.resolve(reference); err != nil || got != want {
			t.Errorf("resolve(%s) = %q, %v; want %q", reference, got, err, want)
		}
	}
	for reference, want := range map[string]string{
		"env:NONE": "not set or empty", "env:EMPTY": "not set or empty", "file:/empty": "not set or empty",
		"file:/none": "file does not exist", "vault:x": "want env:NAME or file:PATH",
	} {
		if _, err := s.resolve(reference); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("resolve(%s): error %v, want %q", reference, err, want)
		}
	}
}

func TestCredentials(t *testing.T) {
	s := secrets{
		dir:    "cluster",
		getenv: func(name string) (string, bool) { return "value of " + name, true },
		readFile: func(name string) ([]byte, error) {
			if name == "cluster/us.pem" {
				return []byte("PEM"), nil
			}
			return nil, fs.ErrNotExist
		},
	}
	got, err := s.credentials(schema.Credentials{User: "u", Password: "env:ONE", Token: "env:ONE", Key: "env:KEY", Certificate: "us.pem"}, []byte("k"))
	if err != nil || got.User != "u" || string(got.Certificate) != "PEM" {
		t.Errorf("got %v, %v", got, err)
	}
	if got.Key.Reveal() != "value of KEY" || got.Key.Mark() != schema.NewSecret("value of KEY", []byte("k")).Mark() {
		t.Errorf("got %s under %s", got.Key.Reveal(), got.Key.Mark())
	}
	if got.Password.Reveal() != "value of ONE" || got.Token.Reveal() != "value of ONE" {
		t.Error("one reference for two secrets gave one of them")
	}
	for want, from := range map[string]schema.Credentials{
		"certificate: file does not exist":    {Certificate: "none.pem"},
		"secret file:none: file does not exi": {Key: "file:none"},
	} {
		if _, err := s.credentials(from, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestConnectOverTLS carries every field about TLS from the configuration to the connection.
func TestConnectOverTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"instance": "shown `+string(rune('0'+len(r.TLS.PeerCertificates)))+`"}`)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	key, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*pem.Block{"ca.pem": {Type: "CERTIFICATE", Bytes: server.Certificate().Raw}, "key.pem": {Type: "PRIVATE KEY", Bytes: key}}
	s := secrets{dir: "/", readFile: func(name string) ([]byte, error) {
		return pem.EncodeToMemory(files[strings.TrimPrefix(name, "/")]), nil
	}}
	d, err := rest.Parse(schema.Provider{Name: "p", API: json.RawMessage(`{"identity": {"path": "/", "instance": "/instance"}}`)})
	if err != nil {
		t.Fatal(err)
	}
	for want, from := range map[string]schema.Credentials{
		"shown 0":                  {CA: "ca.pem"},
		"shown 1":                  {CA: "ca.pem", ServerName: "example.com", Certificate: "ca.pem", Key: "file:key.pem"},
		"not trusted here":         {},
		"and not for n2.test":      {CA: "ca.pem", ServerName: "n2.test"},
		"identity wants spiffe://": {CA: "ca.pem", Identity: "spiffe://x/1001"},
	} {
		provider, err := (&app{}).client(d, server.URL, from, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		observation, err := provider.Observe(t.Context(), nil)
		if got := observation.Instance; got != want && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
}

package rest

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// secure is a server whose certificate is for 127.0.0.1, from an authority of its own.
func secure(t *testing.T, config *tls.Config) (server *httptest.Server, ca []byte) {
	t.Helper()
	server = httptest.NewUnstartedServer(say(200, okThing))
	server.TLS = config
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

func TestTLS(t *testing.T) {
	modern, ca := secure(t, nil)
	_, otherCA := secure(t, &tls.Config{Certificates: []tls.Certificate{selfSigned(t)}})
	old, oldCA := secure(t, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	plain := newPeer(t, setup{}, say(200, okThing)).server
	for name, test := range map[string]struct {
		address string
		ca      []byte
		want    string // "": let in
	}{
		"its own authority":    {modern.URL, ca, ""},
		"unknown authority":    {modern.URL, nil, "an authority that is not trusted here"},
		"another authority":    {modern.URL, otherCA, "certificate"},
		"another name":         {strings.Replace(modern.URL, "127.0.0.1", "localhost", 1), ca, "and not for localhost"},
		"TLS 1.1":              {old.URL, oldCA, "protocol version not supported"},
		"no TLS there":         {strings.Replace(plain.URL, "http:", "https:", 1), ca, "HTTP response to HTTPS client"},
		"TLS is there instead": {strings.Replace(modern.URL, "https:", "http:", 1), nil, "400 Bad Request"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			s := setup{options: Options{CA: test.ca, Wait: time.Minute}}
			_, err := connect(t, define(t, s), test.address, s).Read(t.Context(), schema.Key{Kind: "thing", ID: "a"})
			if err == nil && test.want != "" || err != nil && (test.want == "" || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %s: it was tried again", took)
			}
		})
	}
}

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	for want, in := range map[string]struct {
		address string
		ca      string
	}{
		"holds no certificate": {"https://127.0.0.1:1", "no PEM"},
		"want host":            {"ftp://127.0.0.1", ""},
		"want a port":          {"http://127.0.0.1:70000", ""},
	} {
		options := Options{}
		if in.ca != "" {
			options.CA = []byte(in.ca)
		}
		if _, err := define(t, setup{}).Open(in.address, Credentials{}, options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/schema"
)

// certificate writes one for 127.0.0.1 and its key, and returns who believes it.
func certificate(t *testing.T) (cert, key string, believes *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, data := range map[string][]byte{cert: text, key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	believes = x509.NewCertPool()
	believes.AppendCertsFromPEM(text)
	return cert, key, believes
}

// TestHeartbeatsOverTLS: where a certificate is given heartbeats are heard over HTTPS, and a token is not sent to be read
// on the way.
func TestHeartbeatsOverTLS(t *testing.T) {
	t.Parallel()
	cert, key, believes := certificate(t)
	secure, err := (&serving{beatCert: cert, beatKey: key}).secure()
	if err != nil {
		t.Fatal(err)
	}
	token := func(name string) (string, bool) { return "s3cret", name == "RECONCILER_HEARTBEAT_TOKEN" }
	b := beats{app: &app{process: process{getenv: token}, ui: &ui{out: t.Output(), err: t.Output()}}, keeper: roles.New(roles.Options{}), secure: secure}
	b.keep(t.Context(), &schema.Cluster{Peers: map[string]schema.Peer{"1001": {}}, Health: schema.ClusterHealth{Listen: "127.0.0.1:0"}})
	defer b.close()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: believes, MinVersion: tls.VersionTLS12}}}
	for _, test := range []struct {
		scheme, token string
		code          int
	}{{"https", "s3cret", 204}, {"https", "guess", 401}, {"http", "s3cret", 400}} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, test.scheme+"://"+b.bound+"/v1/heartbeat", strings.NewReader(`{"serial": "1001", "boot": "a", "sequence": 1}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+test.token)
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil || response.StatusCode != test.code {
			t.Errorf("%s, %s: %s, %v", test.scheme, test.token, response.Status, err)
		}
	}
}

// TestHeartbeatCertificate says what is wrong with what was given.
func TestHeartbeatCertificate(t *testing.T) {
	t.Parallel()
	cert, key, _ := certificate(t)
	if secure, err := new(serving).secure(); secure != nil || err != nil {
		t.Errorf("nothing given: %v, %v", secure, err)
	}
	if _, err := (&serving{beatCert: cert, beatKey: cert}).secure(); err == nil || !strings.Contains(err.Error(), "--heartbeat-key "+cert) {
		t.Errorf("no key: %v", err)
	}
	for _, o := range []serving{{beatCert: cert}, {beatKey: key}} {
		o.poll, o.round = time.Second, time.Second
		if err := o.check(); err == nil || !strings.Contains(err.Error(), "go together") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

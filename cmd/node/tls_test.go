package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates into a folder.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newAuthority is in NAME.pem.
func newAuthority(t *testing.T, dir, name string) *authority {
	t.Helper()
	a := &authority{dir: dir}
	a.cert, a.key = a.issue(t, name, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// issue writes NAME.pem and NAME.key, signed by the authority, or by
// themselves where it has nothing yet.
func (a *authority) issue(t *testing.T, name string, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: name}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Now().Add(time.Hour)
	}
	parent, signer := template, key
	if a.cert != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, name+".pem", "CERTIFICATE", der)
	a.write(t, name+".key", "PRIVATE KEY", private)
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func (a *authority) write(t *testing.T, name, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// client trusts the authority and shows the certificate of that name, if any.
func (a *authority) client(t *testing.T, name string) *http.Client {
	t.Helper()
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	config.RootCAs.AddCert(a.cert)
	if name != "" {
		pair, err := tls.LoadX509KeyPair(filepath.Join(a.dir, name+".pem"), filepath.Join(a.dir, name+".key"))
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
}

func ask(t *testing.T, client *http.Client, url string) error {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/v1/status", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	ours, theirs := newAuthority(t, dir, "ours"), newAuthority(t, dir, "theirs")
	ours.issue(t, "server", &x509.Certificate{})
	ours.issue(t, "client", &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	theirs.issue(t, "stranger", &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	file := func(name string) string { return filepath.Join(dir, name) }
	serving := []string{"--dir", file("data"), "--cert", file("server.pem"), "--key", file("server.key")}

	url, stop := environ{}.start(t, serving...)
	if !strings.HasPrefix(url, "https://") {
		t.Errorf("it listens on %s", url)
	}
	if err := ask(t, ours.client(t, ""), url); err != nil {
		t.Error(err)
	}
	if err := ask(t, theirs.client(t, ""), url); err == nil {
		t.Error("a client that trusts another authority was content")
	}
	if err := ask(t, ours.client(t, ""), strings.Replace(url, "https:", "http:", 1)); err != nil {
		t.Errorf("plain HTTP is not answered with 400: %v", err)
	}
	if code, log := stop(); code != exitOK {
		t.Errorf("exit %d, log %s", code, log)
	}

	url, stop = environ{}.start(t, append(serving, "--client-ca", file("ours.pem"))...)
	for name, want := range map[string]string{"client": "", "": "certificate required", "stranger": "tls: "} {
		err := ask(t, ours.client(t, name), url)
		if err == nil && want != "" || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
			t.Errorf("client %q: %v, want %q", name, err, want)
		}
	}
	if code, log := stop(); code != exitOK {
		t.Errorf("exit %d, log %s", code, log)
	}
}

func TestCertificatesUnusable(t *testing.T) {
	dir := t.TempDir()
	ours := newAuthority(t, dir, "ours")
	ours.issue(t, "server", &x509.Certificate{})
	file := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(file("text"), []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ cert, key, ca, want string }{
		"no file":        {"none", "server.key", "", "node: --cert " + file("none") + " --key " + file("server.key") + ": open " + file("none")},
		"no key file":    {"server.pem", "none", "", "open " + file("none")},
		"not PEM":        {"text", "server.key", "", "failed to find any PEM data in certificate input"},
		"another key":    {"server.pem", "ours.key", "", "private key does not match public key"},
		"no client CA":   {"server.pem", "server.key", "none", "node: --client-ca: open " + file("none")},
		"client CA text": {"server.pem", "server.key", "text", "node: --client-ca " + file("text") + ": it holds no certificate in PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"--listen", "127.0.0.1:0", "--dir", file("data"), "--cert", file(test.cert), "--key", file(test.key)}
			if test.ca != "" {
				args = append(args, "--client-ca", file(test.ca))
			}
			var stdout, stderr strings.Builder
			code := environ{}.run(t.Context(), &stdout, &stderr, args...)
			if code != exitError || stdout.Len() > 0 || !strings.Contains(stderr.String(), test.want) {
				t.Errorf("exit %d, stdout %q, stderr %s, want %s", code, stdout.String(), stderr.String(), test.want)
			}
			if _, err := os.Stat(file("data")); err == nil {
				t.Error("it made the data directory")
			}
		})
	}
}

// TestCertificateOutOfTime is about the clock in the tests, which stands in January 2026.
func TestCertificateOutOfTime(t *testing.T) {
	dir := t.TempDir()
	ours := newAuthority(t, dir, "ours")
	then := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for want, template := range map[string]*x509.Certificate{
		"the certificate ended at 2025-01-01T00:00:00Z":  {NotAfter: then},
		"the certificate begins at 2030-01-01T00:00:00Z": {NotBefore: then.AddDate(5, 0, 0), NotAfter: then.AddDate(6, 0, 0)},
	} {
		ours.issue(t, "server", template)
		_, stop := environ{}.start(t, "--dir", filepath.Join(dir, "data"), "--cert", filepath.Join(dir, "server.pem"), "--key", filepath.Join(dir, "server.key"))
		if code, log := stop(); code != exitOK || !strings.Contains(log, want) {
			t.Errorf("exit %d, log %s, want %s", code, log, want)
		}
	}
}

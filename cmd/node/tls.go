package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"time"
)

// secure returns how to serve HTTPS, nil where no certificate was given. It
// fails on files that cannot be read, hold nothing in PEM or do not belong
// together.
func (c *config) secure() (*tls.Config, error) {
	if c.cert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return nil, fmt.Errorf("--cert %s --key %s: %w", c.cert, c.key, err)
	}
	secure := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if c.clientCA == "" {
		return secure, nil
	}
	pem, err := os.ReadFile(c.clientCA)
	if err != nil {
		return nil, fmt.Errorf("--client-ca: %w", err)
	}
	secure.ClientAuth, secure.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	if !secure.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--client-ca %s: it holds no certificate in PEM", c.clientCA)
	}
	return secure, nil
}

// invalid says why clients will not take the certificate now, "" if they may.
func invalid(secure *tls.Config, now time.Time) string {
	if secure == nil {
		return ""
	}
	switch leaf := secure.Certificates[0].Leaf; {
	case now.After(leaf.NotAfter):
		return "the certificate ended at " + leaf.NotAfter.UTC().Format(time.RFC3339) + ": clients will refuse it"
	case now.Before(leaf.NotBefore):
		return "the certificate begins at " + leaf.NotBefore.UTC().Format(time.RFC3339) + ": until then clients will refuse it"
	}
	return ""
}

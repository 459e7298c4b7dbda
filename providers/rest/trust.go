package rest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

// trust is the TLS of a client: whom it believes, and what it shows of itself where a peer asks.
func trust(o Options, credentials Credentials) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: o.ServerName}
	if o.CA != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(o.CA) {
			return nil, errors.New("credentials.ca: the file holds no certificate in PEM")
		}
	}
	if o.Identity != "" {
		// Beside the checks of the name and the authority, and for every connection.
		config.VerifyConnection = func(s tls.ConnectionState) error { return identify(s.PeerCertificates[0], o.Identity) }
	}
	key := credentials.Key.Reveal()
	if (len(credentials.Certificate) > 0) != (key != "") {
		return nil, errors.New("credentials: a certificate and its key come together; give both, or neither")
	}
	if key != "" {
		pair, err := tls.X509KeyPair(credentials.Certificate, []byte(key))
		if err != nil {
			return nil, fmt.Errorf("credentials: certificate and key: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// stranger is a peer with a good certificate that is another's.
type stranger struct{ is, want string }

func (s *stranger) Error() string {
	return fmt.Sprintf("is that of %s, and credentials.identity wants %s: another peer answers at this address, or its identity has changed", s.is, s.want)
}

// identify checks the URI that a certificate must have among its names.
func identify(c *x509.Certificate, want string) error {
	var uris []string
	for _, uri := range c.URIs {
		uris = append(uris, uri.String())
	}
	if slices.Contains(uris, want) {
		return nil
	}
	return &stranger{is: or(uris, "nobody: it has no URI among its names"), want: want}
}

// broken tells why no answer came: what net/http says, or where the peer is not who it should be, a
// sentence that says what to do. Where an earlier attempt was lost it may have been carried out, whatever
// became of the last.
func (c *Client) broken(op string, err error, lost bool) error {
	cause, err := c.why(err)
	if lost {
		cause = schema.Unreachable
	}
	return failure(op, cause, err)
}

func (c *Client) why(err error) (schema.Cause, error) {
	if where, ok := errors.AsType[*forbidden](err); ok {
		return schema.Untrusted, where
	}
	if why := c.distrusted(err); why != "" {
		return schema.Untrusted, fmt.Errorf("the certificate of %s %s", c.base.Host, why)
	}
	if alert, ok := errors.AsType[*net.OpError](err); ok && alert.Op == "remote error" && aboutUs(alert.Err.Error()) {
		return schema.Unauthorised, fmt.Errorf("%s refuses our certificate, or misses one (%w): give it one that it knows as credentials.certificate and key", c.base.Host, alert.Err)
	}
	return schema.Unreachable, plain(err)
}

// aboutUs tells whether a TLS alert is about our certificate. Servers of TLS 1.2 that miss one often say
// "handshake failure" and no more.
func aboutUs(alert string) bool {
	return strings.Contains(alert, "certificate") || strings.Contains(alert, "handshake failure")
}

// distrusted says what is wrong with a certificate, and what to do; "" where it is something else.
func (c *Client) distrusted(err error) string {
	if stranger, ok := errors.AsType[*stranger](err); ok {
		return stranger.Error()
	}
	untrusted, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if !ok {
		return ""
	}
	shown := untrusted.UnverifiedCertificates[0]
	if name, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("is for %s, and not for %s: another server answers at this address, or, if it is the right one, give a name that it has as credentials.serverName", namesOf(shown), name.Host)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return fmt.Sprintf("is signed by %s, an authority that is not trusted here: if it is the right one, give its certificate as credentials.ca", excerpt(shown.Issuer.String()))
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return validity(invalid)
	}
	return fmt.Sprintf("is not good: %s", excerpt(untrusted.Err.Error()))
}

// validity is about the certificate that is out of its time: the peer's own, or an authority's above it.
func validity(invalid x509.CertificateInvalidError) string {
	if strings.Contains(invalid.Detail, "is before") {
		return fmt.Sprintf("is not valid before %s: set the clocks right, there or here", invalid.Cert.NotBefore.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("expired at %s: renew it on the peer", invalid.Cert.NotAfter.UTC().Format(time.RFC3339))
}

func namesOf(c *x509.Certificate) string {
	all := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	return or(all, "no name at all")
}

// or lists what a peer says of itself, on one line; the alternative if it says nothing.
func or(list []string, alternative string) string {
	if len(list) == 0 {
		return alternative
	}
	return excerpt(strings.Join(list, ", "))
}

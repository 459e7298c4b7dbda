package schema

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// URL returns where the admin API behind a peer's address is: https where it names no scheme, and the
// product's port and path where it names none. Host and port are written in one way, so that two
// spellings of one address are equal. Its error does not repeat an address that may hold a password.
func (p Provider) URL(address string) (*url.URL, error) {
	u, err := p.parse(address)
	switch {
	case err != nil && strings.Contains(address, "@"):
		return nil, errors.New("an address holds no user and no password; write them under credentials")
	case err != nil:
		return nil, fmt.Errorf("address %q: %w", address, err)
	}
	return u, nil
}

func (p Provider) parse(address string) (*url.URL, error) {
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if inner, ok := errors.AsType[*url.Error](err); ok {
		return nil, inner.Err
	}
	defaultPort, known := map[string]int{"http": p.Port.HTTP, "https": p.Port.HTTPS}[u.Scheme]
	if !known || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("want host, host:port or http(s)://host:port/path")
	}
	port, err := strconv.Atoi(cmp.Or(u.Port(), strconv.Itoa(defaultPort)))
	if err != nil || port < 1 || port > 65535 {
		return nil, errors.New("want a port from 1 to 65535")
	}
	path := strings.TrimSuffix(u.Path, "/")
	if path == "" {
		path = p.Path
	}
	return &url.URL{Scheme: u.Scheme, Host: joinHostPort(u.Hostname(), port), Path: path}, nil
}

func joinHostPort(host string, port int) string {
	host = strings.ToLower(host)
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.String()
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(port)
}

package rest

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gitops-reconciler/reconciler/schema"
)

func TestForbiddenAddresses(t *testing.T) {
	for _, test := range []struct {
		host, to string
		want     string // "": allowed
	}{
		{"n1.example", "192.0.2.1", ""},
		{"n1.example", "10.0.0.1", ""},
		{"n1.example", "127.0.0.1", ""},
		{"n1.example", "::1", ""},
		{"n1.example", "2001:db8::1", ""},
		{"n1.example", "169.254.1.2", "link-local"},
		{"n1.example", "::ffff:169.254.1.2", "link-local"},
		{"n1.example", "fe80::1%eth0", "link-local"},
		{"169.254.1.2", "169.254.1.2", ""},
		{"169.254.1.3", "169.254.1.2", "link-local"},
		{"fe80::1%eth0", "fe80::1%eth0", ""},
		{"169.254.169.254", "169.254.169.254", "credentials"},
		{"n1.example", "::ffff:169.254.169.254", "credentials"},
		{"n1.example", "64:ff9b::a9fe:a9fe", "credentials"},
		{"fd00:ec2::254", "fd00:ec2::254", "credentials"},
		{"n1.example", "100.100.100.200", "credentials"},
		{"168.63.129.16", "168.63.129.16", "credentials"},
		{"0.0.0.0", "0.0.0.0", "no machine"},
		{"n1.example", "::", "no machine"},
		{"n1.example", "224.0.0.1", "no machine"},
		{"n1.example", "ff02::1", "no machine"},
	} {
		err := forbid(test.host, netip.MustParseAddr(test.to))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s to %s: got %v, want %q", test.host, test.to, err, test.want)
		}
	}
}

// TestAForbiddenAddressIsNotCalled: the check stands where connections are made, and where a proxy would
// make them, before that.
func TestAForbiddenAddressIsNotCalled(t *testing.T) {
	_, err := dialer(time.Second, "n1.example").DialContext(t.Context(), "tcp", "169.254.169.254:80")
	if _, ok := errors.AsType[*forbidden](err); !ok {
		t.Errorf("got %v", err)
	}
	p := newPeer(t, setup{}, hang)
	failed(t, p.broken("read", err, false), schema.Untrusted, "n1.example leads to 169.254.169.254, where a cloud gives credentials", "give the peer's own address")
	if _, err := define(t, setup{}).Open("http://169.254.169.254:80", Credentials{}, Options{}); err == nil {
		t.Error("it was opened")
	}
}

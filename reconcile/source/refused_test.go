package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func TestServersThatRefuse(t *testing.T) {
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("somebody else was asked")
	}))
	t.Cleanup(other.Close)
	for say, answer := range map[string]func(w http.ResponseWriter){
		"it wants credentials, or other ones (401)":           func(w http.ResponseWriter) { w.WriteHeader(401) },
		"these credentials may not do that (403)":             func(w http.ResponseWriter) { w.WriteHeader(403) },
		"these credentials may not see it (404)":              func(w http.ResponseWriter) { w.WriteHeader(404) },
		"the server answers with status 503":                  func(w http.ResponseWriter) { w.WriteHeader(503) },
		`no Git server (it sends "text/html"); see that`:      func(w http.ResponseWriter) { w.Header().Set("Content-Type", "text/html") },
		"it sends us elsewhere (301, to " + other.URL + "/x)": func(w http.ResponseWriter) { moved(w, other.URL) },
		"the server has no rest left\ufffd":                   func(w http.ResponseWriter) { advertise(w, "0024ERR the server has no rest left\x1b") },
		"invalid pkt-len found":                               func(w http.ResponseWriter) { advertise(w, "zzzz") },
		"too large to be held in memory":                      flood,
	} {
		s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) }))
		r := remote(t, RemoteOptions{URL: s.URL + "/infra", CA: authority(s), Token: secret("canary")})
		_, err := r.Head(t.Context())
		says(t, err, "Git repository "+s.URL+"/infra: list the branches: ", say)
		if strings.Contains(err.Error(), "canary") || strings.ContainsRune(err.Error(), '\x1b') {
			t.Errorf("the message is not fit to be shown: %q", err)
		}
		s.Close()
	}
}

// moved is a redirect by a server that repeats what signed us in.
func moved(w http.ResponseWriter, to string) {
	to = strings.Replace(to, "https://", "https://canary:canary@", 1)
	w.Header().Set("Location", to+"/x/info/refs?token=canary")
	w.WriteHeader(http.StatusMovedPermanently)
}

func advertise(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
	_, _ = io.WriteString(w, text)
}

func flood(w http.ResponseWriter) {
	advertise(w, "001e# service=git-upload-pack\n0000")
	line := strings.Repeat("1", 40) + " refs/heads/" + strings.Repeat("x", 900)
	_, _ = fmt.Fprintf(w, "%04x%s\x00\n", len(line)+6, line)
	for range maxRefs/len(line) + 1 {
		if _, err := fmt.Fprintf(w, "%04x%s\n", len(line)+5, line); err != nil {
			return
		}
	}
}

// TestRepeatedCredentials has a server repeat what it was sent wherever it can.
func TestRepeatedCredentials(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		text := "ERR no " + user + " with " + password + " or " + r.Header.Get("Authorization")
		advertise(w, fmt.Sprintf("%04x%s", len(text)+4, text))
	}))
	t.Cleanup(s.Close)
	at := strings.Replace(s.URL, "https://", "https://canary1:canary2@", 1)
	_, err := remote(t, RemoteOptions{URL: at + "/infra", CA: authority(s)}).Head(t.Context())
	says(t, err, "no (secret) with (secret) or Basic (secret)")
	if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "Y2FuYX") {
		t.Error(err)
	}
}

func TestServerThatIsNotThere(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	untrusted := remote(t, RemoteOptions{URL: s.URL + "/infra"})
	_, err := untrusted.Head(t.Context())
	says(t, err, "certificate signed by unknown authority; see that the server's certificate")
	s.Close()
	_, err = untrusted.Head(t.Context())
	says(t, err, "Git repository https://", "connection refused; see that the server is up")
	_, err = untrusted.Tree(t.Context(), strings.Repeat("1", 40), "")
	says(t, err, "read commit \"111", "connection refused; see that the server is up")
	_, err = remote(t, RemoteOptions{URL: "https://there-is-none.invalid/infra"}).Head(t.Context())
	says(t, err, "see that the host is spelled right")
}

// hang gives an answer that never comes, and says when it is waited for.
func hang(r *http.Request, waited context.CancelFunc) bool {
	waited()
	<-r.Context().Done()
	return false
}

func TestServerThatHangs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := newSite(t)
	s.before = func(_ http.ResponseWriter, r *http.Request) bool { return hang(r, cancel) }
	_, err := remote(t, s.options()).Head(ctx)
	says(t, err, "list the branches: context canceled before it was done")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not what it is", err)
	}
}

func TestServerThatHangsInTheMiddleOfAPack(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := newSite(t)
	h := s.save("master", map[string]string{"f": "f"})
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			return true
		}
		w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
		_, _ = io.WriteString(w, "0034shallow "+h.String()+"0000"+"0008NAK\n"+"0009\x01PACK")
		w.(http.Flusher).Flush()
		return hang(r, cancel)
	}
	r := remote(t, s.options())
	_, err := r.Tree(ctx, h.String(), "")
	says(t, err, "context canceled before it was done")

	// Whoever waits for the one who fetches need not wait for longer than it wants, either.
	busy := r.origin.(*elsewhere).fetching
	ok(t, busy.take(t.Context()))
	_, err = r.Tree(ctx, h.String(), "")
	says(t, err, "context canceled before it was done")
	busy.give()
}

func TestHostThatHangs(t *testing.T) {
	listen, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	ok(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listen.Accept()
		cancel()
		if err == nil {
			_, _ = io.Copy(io.Discard, conn) // until the other side has had enough
			_ = conn.Close()
		}
	}()
	h := newHost(t)
	o := h.optionsAt(listen.Addr().String())
	_, err = remote(t, o).Head(ctx)
	says(t, err, "context canceled before it was done")
	<-done
	ok(t, listen.Close())
}

func TestHostsThatRefuse(t *testing.T) {
	h := newHost(t)
	h.save("master", map[string]string{"f": "f"})
	stranger, strangerPEM := newKey(t)
	for say, change := range map[string]func(*RemoteOptions){
		"unable to authenticate":                  func(o *RemoteOptions) { o.Key = secret(string(strangerPEM)) },
		"is not the one that known_hosts has for": func(o *RemoteOptions) { o.KnownHosts = h.known(stranger) },
		"the server ended the command: fatal: '/no' does not appear to be a git repository": func(o *RemoteOptions) {
			o.URL = strings.TrimSuffix(o.URL, h.dir) + "/no"
		},
	} {
		o := h.options()
		change(&o)
		_, err := remote(t, o).Head(t.Context())
		says(t, err, "Git repository ssh://127.0.0.1:", "list the branches: ", say)
		if strings.Contains(err.Error(), "PRIVATE") {
			t.Error(err)
		}
	}
	// Of two keys, the one that is known.
	for _, key := range h.keys {
		o := h.options()
		o.KnownHosts = h.known(key)
		_, err := remote(t, o).Head(t.Context())
		ok(t, err)
	}
}

func TestWhatARemoteNeeds(t *testing.T) {
	key, keyPEM := newKey(t)
	locked, err := ssh.MarshalPrivateKeyWithPassphrase(nil, "", nil)
	_, _, _ = key, locked, err
	good := secret(string(keyPEM))
	known := []byte("[git.example.org]:2222 " + string(ssh.MarshalAuthorizedKey(key.PublicKey())))
	for say, o := range map[string]RemoteOptions{
		"there are credentials in the URL and beside it":      {URL: "https://a:b@example.org/x", Token: secret("t")},
		"there is a password and a token":                     {URL: "https://example.org/x", Token: secret("t"), Password: secret("p")},
		"credentials would be sent in the clear":              {URL: "http://example.org/x", Token: secret("t")},
		"would be sent in the clear; give an https URL":       {URL: "http://a:canary@example.org:80/x"},
		"certificates of the authority are none":              {URL: "https://example.org/x", CA: []byte("x")},
		`"a..b" is no name of a branch`:                       {URL: "https://example.org/x", Branch: "a..b"},
		`"-x" is no name of a branch`:                         {URL: "https://example.org/x", Branch: "-x"},
		`"main~1" is no name of a branch`:                     {URL: "https://example.org/x", Branch: "main~1"},
		"a private key is needed":                             {URL: "ssh://git@git.example.org/x", KnownHosts: known},
		"the private key cannot be read":                      {URL: "ssh://git@git.example.org/x", Key: secret("canary"), KnownHosts: known},
		"a user is needed, mostly git":                        {URL: "ssh://git.example.org/x", Key: good, KnownHosts: known},
		"not with a password or a token":                      {URL: "ssh://git@git.example.org/x", Key: good, Token: secret("canary")},
		"the server must be known":                            {URL: "ssh://git@git.example.org/x", Key: good},
		"ssh-keyscan git.example.org:22 shows it":             {URL: "git@git.example.org:x", Key: good},
		"known_hosts has no line for git.example.org:22; add": {URL: "git@git.example.org:x", Key: good, KnownHosts: known},
		"read known_hosts: knownhosts: line:1":                {URL: "git@git.example.org:x", Key: good, KnownHosts: []byte("git.example.org what\n")},
	} {
		_, err := NewRemote(o)
		says(t, err, "Git repository ", "example.org", "set up: ", say)
		if strings.Contains(err.Error(), "canary") {
			t.Error(err)
		}
	}
	for _, o := range []RemoteOptions{
		{URL: "ssh://git.example.org:2222/x", User: "git", Key: good, KnownHosts: known},
		{URL: "http://localhost:1/x", Token: secret("t")},
		{URL: "http://[::1]:1/x", Token: secret("t")},
		{URL: "http://example.org/x"},
	} {
		remote(t, o)
	}
}

package source

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// host is a Git server over ssh, which lets one key in.
type host struct {
	repository
	t      testing.TB
	listen net.Listener
	config *ssh.ServerConfig
	keys   []ssh.Signer
	user   []byte // the key that is let in, in PEM
	all    sync.WaitGroup
}

func newHost(t testing.TB) *host {
	t.Helper()
	needsGit(t)
	listen, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	ok(t, err)
	h := &host{repository: initRepository(t, filepath.Join(t.TempDir(), "it's.git"), true), t: t, listen: listen}
	user, userPEM := newKey(t)
	h.user = userPEM
	h.config = &ssh.ServerConfig{PublicKeyCallback: func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if c.User() != "git" || string(key.Marshal()) != string(user.PublicKey().Marshal()) {
			return nil, errors.New("not let in")
		}
		return nil, nil
	}}
	old, err := rsa.GenerateKey(rand.Reader, 2048)
	ok(t, err)
	oldKey, err := ssh.NewSignerFromKey(old)
	ok(t, err)
	key, _ := newKey(t)
	// The client must take the one that it knows, not the one that it would prefer.
	for _, key := range []ssh.Signer{oldKey, key} {
		h.config.AddHostKey(key)
		h.keys = append(h.keys, key)
	}
	h.all.Go(h.serve)
	t.Cleanup(func() { _ = listen.Close(); h.all.Wait() })
	return h
}

func newKey(t testing.TB) (ssh.Signer, []byte) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	ok(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	ok(t, err)
	key, err := ssh.NewSignerFromKey(private)
	ok(t, err)
	return key, pem.EncodeToMemory(block)
}

// known is the server's line of a known_hosts file, with one of its keys.
func (h *host) known(key ssh.Signer) []byte { return knownAt(h.listen.Addr().String(), key) }

func knownAt(address string, key ssh.Signer) []byte {
	return []byte(knownhosts.Line([]string{address}, key.PublicKey()) + "\n")
}

func (h *host) options() RemoteOptions { return h.optionsAt(h.listen.Addr().String()) }

func (h *host) optionsAt(address string) RemoteOptions {
	return RemoteOptions{
		URL: "ssh://git@" + address + h.dir, Key: secret(string(h.user)), KnownHosts: knownAt(address, h.keys[0]),
	}
}

func (h *host) serve() {
	for {
		conn, err := h.listen.Accept()
		if err != nil {
			return
		}
		h.all.Go(func() { h.meet(conn) })
	}
}

func (h *host) meet(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	server, channels, requests, err := ssh.NewServerConn(conn, h.config)
	if err != nil {
		return
	}
	h.all.Go(func() { ssh.DiscardRequests(requests) })
	for next := range channels {
		channel, asked, err := next.Accept()
		if err != nil {
			break
		}
		h.all.Go(func() { h.obey(channel, asked) })
	}
	_ = server.Wait()
}

func (h *host) obey(channel ssh.Channel, requests <-chan *ssh.Request) {
	defer func() { _ = channel.Close() }()
	for r := range requests {
		if r.Type != "exec" {
			continue
		}
		_ = r.Reply(true, nil)
		var asked struct{ Command string }
		var status struct{ Code uint32 }
		if ssh.Unmarshal(r.Payload, &asked) != nil || h.run(channel, asked.Command) != nil {
			status.Code = 128
		}
		_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(&status))
		return
	}
}

// run has a shell take the command apart, as sshd does.
func (h *host) run(channel ssh.Channel, command string) error {
	cmd := exec.CommandContext(h.t.Context(), "/bin/sh", "-c", strings.Replace(command, "git-", "git ", 1))
	cmd.Env, cmd.Stdout, cmd.Stderr = gitEnv(), channel, channel.Stderr()
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	h.all.Go(func() {
		_, _ = io.Copy(in, channel)
		_ = in.Close()
	})
	return cmd.Run()
}

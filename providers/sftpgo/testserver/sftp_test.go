package testserver

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"testing"

	"golang.org/x/crypto/ssh"
)

func TestReadVersion(t *testing.T) {
	for name, c := range map[string]struct {
		packet []byte
		ok     bool
	}{
		"version 3":       {[]byte{0, 0, 0, 5, 2, 0, 0, 0, 3}, true},
		"with extensions": {[]byte{0, 0, 0, 7, 2, 0, 0, 0, 3, 'x', 'y'}, true},
		"version 4":       {[]byte{0, 0, 0, 5, 2, 0, 0, 0, 4}, false},
		"other type":      {[]byte{0, 0, 0, 5, 101, 0, 0, 0, 3}, false},
		"too short":       {[]byte{0, 0, 0, 4, 2, 0, 0, 0, 3}, false},
		"endless":         {[]byte{255, 0, 0, 0, 2, 0, 0, 0, 3}, false},
		"cut off":         {[]byte{0, 0, 0, 9, 2, 0, 0, 0, 3, 'x'}, false},
		"nothing":         {nil, false},
	} {
		rest := bytes.NewReader(c.packet)
		if err := readVersion(rest); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if c.ok && rest.Len() != 0 {
			t.Errorf("%s: %d bytes are left", name, rest.Len())
		}
	}
}

func TestLoginTellsARefusalFromABrokenServer(t *testing.T) {
	addr := sshServer(t)
	if err := LoginSFTP(t.Context(), addr, "u", ssh.Password("right")); err != nil {
		t.Error(err)
	}
	if err := LoginSFTP(t.Context(), addr, "u", ssh.Password("wrong")); !errors.Is(err, ErrDenied) {
		t.Errorf("wrong password: %v", err)
	}
	if err := LoginSFTP(t.Context(), addr, "no-sftp", ssh.Password("right")); err == nil || errors.Is(err, ErrDenied) {
		t.Errorf("no subsystem: %v", err)
	}
	if err := LoginSFTP(t.Context(), "127.0.0.1:1", "u"); err == nil || errors.Is(err, ErrDenied) {
		t.Errorf("no server: %v", err)
	}
}

func TestLoginEndsWithItsContext(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		conn, err := silent.Accept()
		cancel()
		if err == nil {
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	}()
	if err := LoginSFTP(ctx, silent.Addr().String(), "u"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// sshServer accepts the password "right" and offers SFTP to everyone but no-sftp.
func sshServer(t *testing.T) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config := serverConfig(t)
	done := make(chan struct{})
	t.Cleanup(func() { _ = listener.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serveSSH(conn, config)
		}
	}()
	return listener.Addr().String()
}

func serverConfig(t *testing.T) *ssh.ServerConfig {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{PasswordCallback: func(_ ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
		if string(password) != "right" {
			return nil, errors.New("wrong")
		}
		return nil, nil
	}}
	config.AddHostKey(signer)
	return config
}

// serveSSH handles one connection with one session.
func serveSSH(conn net.Conn, config *ssh.ServerConfig) {
	defer func() { _ = conn.Close() }()
	server, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		for request := range requests {
			ok := server.User() != "no-sftp"
			_ = request.Reply(ok, nil)
			if ok {
				_, _ = io.ReadFull(channel, make([]byte, len(initPacket())))
				_, _ = channel.Write([]byte{0, 0, 0, 5, packetVersion, 0, 0, 0, sftpVersion})
			}
		}
	}
}

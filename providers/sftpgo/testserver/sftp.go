package testserver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"golang.org/x/crypto/ssh"
)

const (
	sftpVersion   = 3
	packetInit    = 1
	packetVersion = 2
	longestPacket = 256 << 10
)

// ErrDenied means that the server let nobody in with these credentials.
var ErrDenied = errors.New("credentials refused")

// LoginSFTP logs in at addr (host:port) over SSH, opens the SFTP subsystem and agrees on
// the protocol's version: what a client does before its first file. Any host key is
// accepted, since the server is one that the test itself runs on the loopback interface.
//
// It returns ErrDenied when the credentials are refused, and another error when the
// server cannot be reached, refuses the subsystem, does not speak SFTP version 3, or ctx ends.
func LoginSFTP(ctx context.Context, addr, user string, auth ...ssh.AuthMethod) error {
	err := loginSFTP(ctx, addr, user, auth)
	if err != nil && ctx.Err() != nil {
		// The connection was closed under it: that is no finding about the server.
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("log in to %s as %s: %w", addr, user, err)
	}
	return nil
}

func loginSFTP(ctx context.Context, addr, user string, auth []ssh.AuthMethod) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	defer closeWhenDone(ctx, conn)()

	client, err := handshake(conn, addr, user, auth)
	if err != nil {
		return err
	}
	// The client's goroutines end with the connection, and are waited for.
	defer func() { _ = client.Wait() }()
	defer func() { _ = client.Close() }()
	return openSFTP(client)
}

// closeWhenDone lets ctx interrupt reads that know no context. The returned function
// ends that, and waits until it has ended.
func closeWhenDone(ctx context.Context, conn io.Closer) (release func()) {
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		_ = conn.Close()
	})
	return func() {
		if !stop() {
			<-closed
		}
	}
}

func handshake(conn net.Conn, addr, user string, auth []ssh.AuthMethod) (*ssh.Client, error) {
	config := &ssh.ClientConfig{
		User:            user,
		Auth:            auth,
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	}
	c, channels, requests, err := ssh.NewClientConn(conn, addr, config)
	if err == nil {
		return ssh.NewClient(c, channels, requests), nil
	}
	// The package has no type for this error, only these words.
	if strings.Contains(err.Error(), "unable to authenticate") {
		return nil, fmt.Errorf("%w: %w", ErrDenied, err)
	}
	return nil, err
}

func openSFTP(client *ssh.Client) error {
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	defer func() { _ = session.Close() }()
	in, err := session.StdinPipe()
	if err != nil {
		return err
	}
	out, err := session.StdoutPipe()
	if err != nil {
		return err
	}
	if err := session.RequestSubsystem("sftp"); err != nil {
		return err
	}
	if _, err := in.Write(initPacket()); err != nil {
		return err
	}
	return readVersion(out)
}

// initPacket is SSH_FXP_INIT: length, type, version.
func initPacket() []byte {
	return []byte{0, 0, 0, 5, packetInit, 0, 0, 0, sftpVersion}
}

// readVersion reads SSH_FXP_VERSION whole, with the extensions that may follow.
func readVersion(r io.Reader) error {
	var head struct {
		Length  uint32
		Type    uint8
		Version uint32
	}
	if err := binary.Read(r, binary.BigEndian, &head); err != nil {
		return fmt.Errorf("read the SFTP version: %w", err)
	}
	if head.Type != packetVersion || head.Version != sftpVersion || head.Length < 5 || head.Length > longestPacket {
		return fmt.Errorf("read the SFTP version: unexpected packet of type %d, version %d, %d bytes", head.Type, head.Version, head.Length)
	}
	// The head holds five of the bytes that Length counts.
	if _, err := io.CopyN(io.Discard, r, int64(head.Length)-5); err != nil {
		return fmt.Errorf("read the SFTP extensions: %w", err)
	}
	return nil
}

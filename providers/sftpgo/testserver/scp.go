package testserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path"

	"golang.org/x/crypto/ssh"
)

// Upload puts a file where the user sees file, over SCP: what happens to files makes rules fire. It returns
// ErrDenied when the credentials are refused, and another error when the server cannot be reached, refuses the
// file (in its words), or ctx ends.
func Upload(ctx context.Context, addr, user, file, content string, auth ...ssh.AuthMethod) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("upload %s as %s: %w", file, user, err)
	}
	defer func() { _ = conn.Close() }()
	defer closeWhenDone(ctx, conn)()
	client, err := handshake(conn, addr, user, auth)
	if err == nil {
		defer func() { _ = client.Wait() }()
		defer func() { _ = client.Close() }()
		err = copyTo(client, file, content)
	}
	if err != nil {
		return fmt.Errorf("upload %s as %s: %w", file, user, err)
	}
	return nil
}

func copyTo(client *ssh.Client, file, content string) error {
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
	if err := session.Start("scp -t " + path.Dir(file)); err != nil {
		return err
	}
	said := bufio.NewReader(out)
	for _, part := range []string{"", fmt.Sprintf("C0644 %d %s\n", len(content), path.Base(file)), content + "\x00"} {
		if _, err := io.WriteString(in, part); err != nil {
			return err
		}
		if err := acknowledged(said); err != nil {
			return err
		}
	}
	return errors.Join(in.Close(), session.Wait())
}

// acknowledged reads a zero byte, or 1 or 2 and what is wrong.
func acknowledged(said *bufio.Reader) error {
	code, err := said.ReadByte()
	if err != nil || code == 0 {
		return err
	}
	words, _ := said.ReadString('\n')
	return fmt.Errorf("refused: %s", words)
}

package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
)

// maxSaid is the most bytes that are kept of what a server says beside the protocol.
const maxSaid = 1 << 10

func (w *sshWire) close() {}

func (w *sshWire) talk(ctx context.Context, program string) (conversation, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", w.host)
	if err != nil {
		return nil, err
	}
	// Closing is the only thing that all reads and writes take notice of.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	c, err := w.begin(conn, program)
	if err != nil {
		stop()
		return nil, errors.Join(err, closed(conn.Close()))
	}
	c.stop = stop
	return c, nil
}

func (w *sshWire) begin(conn net.Conn, program string) (*sshConversation, error) {
	connection, channels, requests, err := ssh.NewClientConn(conn, w.host, &w.config)
	if err != nil {
		return nil, err
	}
	client := ssh.NewClient(connection, channels, requests)
	c, err := converse(client, program+" "+w.path)
	if err != nil {
		return nil, errors.Join(err, closed(client.Close()))
	}
	return c, nil
}

func converse(client *ssh.Client, command string) (*sshConversation, error) {
	session, err := client.NewSession()
	if err != nil {
		return nil, err
	}
	c := &sshConversation{client: client, wait: sync.OnceValue(session.Wait)}
	session.Stderr = &c.said
	var errIn, errOut error
	c.in, errIn = session.StdinPipe()
	c.out, errOut = session.StdoutPipe()
	return c, errors.Join(errIn, errOut, session.Start(command))
}

// sshConversation is one command.
type sshConversation struct {
	client *ssh.Client
	wait   func() error // until the command has ended
	stop   func() bool  // watching the context
	in     io.WriteCloser
	out    io.Reader
	said   words
	asked  bool
}

func (c *sshConversation) refs() io.Reader { return c }

// Read reads what the command says, and at its end what became of it.
func (c *sshConversation) Read(p []byte) (int, error) {
	n, err := c.out.Read(p)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	if failed := c.wait(); failed != nil {
		return n, fmt.Errorf("the server ended the command: %s", c.said.orElse(failed))
	}
	return n, err
}

func (c *sshConversation) ask(request []byte) (io.Reader, error) {
	c.asked = true
	_, err := c.in.Write(request)
	return c, errors.Join(err, closed(c.in.Close()))
}

// Close says goodbye, so that a server need not complain of us, and ends the connection.
func (c *sshConversation) Close() error {
	if !c.asked {
		_, _ = c.in.Write(pktline.FlushPkt)
	}
	err := closed(c.client.Close())
	c.stop()
	_ = c.wait()        // it ended because we closed it
	_ = c.client.Wait() // for the same reason
	return err
}

// closed leaves out that something was closed before: the other side may be faster.
func closed(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// words are what a server says beside the protocol, from the beginning.
type words struct {
	mu   sync.Mutex
	text []byte
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, p[:min(len(p), maxSaid-len(w.text))]...)
	return len(p), nil
}

func (w *words) orElse(err error) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if text := strings.TrimSpace(string(w.text)); text != "" {
		return brief(strings.Join(strings.Fields(text), " "))
	}
	return err.Error()
}

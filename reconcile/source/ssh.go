package source

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"golang.org/x/crypto/ssh"
)

// sshWire speaks to a server over ssh. Nothing of the user's own configuration is read, no agent is asked.
type sshWire struct {
	path   string // as the server's shell takes it
	host   string // with the port
	config ssh.ClientConfig
}

func newSSHWire(at address, o RemoteOptions) (*sshWire, error) {
	if o.Password.Reveal()+o.Token.Reveal() != "" {
		return nil, errors.New("over ssh we sign in with a key, not with a password or a token; give the key")
	}
	user := at.user
	if user == "" {
		user = o.User
	}
	if user == "" {
		return nil, errors.New("over ssh a user is needed, mostly git; write ssh://git@host/path")
	}
	key, err := o.key()
	if err != nil {
		return nil, err
	}
	w := &sshWire{path: quoted(at.path), host: withPort(at.host)}
	known, algorithms, err := knownHost(o.KnownHosts, w.host)
	w.config = ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: known, HostKeyAlgorithms: algorithms,
	}
	return w, err
}

func (o RemoteOptions) key() (ssh.Signer, error) {
	pem, phrase := []byte(o.Key.Reveal()), o.Passphrase.Reveal()
	if len(pem) == 0 {
		return nil, errors.New("over ssh a private key is needed; give one that the server knows (ssh-keygen -t ed25519)")
	}
	parse := func() (ssh.Signer, error) { return ssh.ParsePrivateKey(pem) }
	if phrase != "" {
		parse = func() (ssh.Signer, error) { return ssh.ParsePrivateKeyWithPassphrase(pem, []byte(phrase)) }
	}
	key, err := parse()
	if err != nil { // which the parser explains without a word of the key
		return nil, fmt.Errorf("the private key cannot be read (%w); give an OpenSSH or PEM key, and its passphrase if it has one", err)
	}
	return key, nil
}

// quoted makes one word of a path for the server's shell. A path from ~ is one that ssh URLs have.
func quoted(path string) string {
	if strings.HasPrefix(path, "/~") {
		path = path[1:]
	}
	return "'" + strings.NewReplacer("'", `'\''`, "!", `'\!'`).Replace(path) + "'"
}

func withPort(host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), "22")
}

package source

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// knownHost checks a server's key against lines of a known_hosts file. With it come the algorithms of the
// keys that the lines have for the host (a server has several keys, and would else show the one it prefers).
func knownHost(lines []byte, host string) (ssh.HostKeyCallback, []string, error) {
	if len(lines) == 0 {
		return nil, nil, fmt.Errorf("over ssh the server must be known: give its line for known_hosts "+
			"(ssh-keyscan %s shows it; compare it with what the server's operator publishes)", host)
	}
	check, err := readKnown(lines)
	if err != nil {
		return nil, nil, fmt.Errorf("read known_hosts: %w", err)
	}
	wrong, _ := errors.AsType[*knownhosts.KeyError](check(host, &net.TCPAddr{}, nobody{}))
	if wrong == nil || len(wrong.Want) == 0 {
		return nil, nil, fmt.Errorf("known_hosts has no line for %s; add the one that the server's operator publishes", host)
	}
	var algorithms []string
	for _, known := range wrong.Want {
		algorithms = append(algorithms, algorithmsOf(known.Key.Type())...)
	}
	return explained(check), algorithms, nil
}

// readKnown goes through a file, for the library reads nothing else. What is in it is no secret.
func readKnown(lines []byte) (_ ssh.HostKeyCallback, err error) {
	f, err := os.CreateTemp("", "known_hosts")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.Write(lines)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	check, err := knownhosts.New(f.Name())
	if err != nil {
		return nil, errors.New(strings.ReplaceAll(err.Error(), f.Name(), "line"))
	}
	return check, nil
}

// algorithmsOf are the ways to sign with a key of a type: those of RSA keys are newer than its name.
func algorithmsOf(key string) []string {
	if key == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	return []string{key}
}

func explained(check ssh.HostKeyCallback) ssh.HostKeyCallback {
	return func(host string, at net.Addr, key ssh.PublicKey) error {
		if check(host, at, key) == nil {
			return nil
		}
		return fmt.Errorf("the server's key %s is not the one that known_hosts has for %s: "+
			"ask its operator whether it was changed, and do not go on before", ssh.FingerprintSHA256(key), host)
	}
}

// nobody is a key that no host has: asked for it, a check tells which ones the host has.
type nobody struct{}

func (nobody) Type() string                        { return "none" }
func (nobody) Marshal() []byte                     { return nil }
func (nobody) Verify([]byte, *ssh.Signature) error { return errors.New("nobody signs") }

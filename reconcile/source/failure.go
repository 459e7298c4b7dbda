package source

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
)

// failures makes errors about one repository. None of them has what signs us in, whoever said it: a server
// can repeat what it was sent.
type failures struct {
	shown   string // the repository's URL, as it may be shown
	secrets *strings.Replacer
}

// minSecret is how many bytes a secret has that is looked for: shorter ones are everywhere, and blanking them
// would show where they are.
const minSecret = 4

func failuresOf(at address, o RemoteOptions) failures {
	user, password := at.user, at.password
	if user+password == "" {
		user, password = o.User, o.Password.Reveal()
	}
	secrets := []string{o.Token.Reveal(), o.Key.Reveal(), o.Passphrase.Reveal()}
	if at.scheme != "ssh" { // where the user is nobody's secret; over http it can be the token
		signed := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
		secrets = append(secrets, signed, user, password)
	}
	var hide []string
	for _, secret := range secrets {
		if len(secret) >= minSecret {
			hide = append(hide, secret, "(secret)")
		}
	}
	return failures{at.shown, strings.NewReplacer(hide...)}
}

// of says what could not be done to whom, why, and what to do.
func (f failures) of(ctx context.Context, doing string, err error) error {
	if ended := ctx.Err(); ended != nil {
		err = fmt.Errorf("%w before it was done", ended) // what it led to is of no interest
	}
	text := f.secrets.Replace(fmt.Sprintf("%s: %v%s", doing, err, advice(err)))
	return failed{"Git repository " + f.shown + ": " + printable(strings.ReplaceAll(text, "\n", "; ")), err}
}

// failed shows nothing of its cause but by its text, and is all that its cause is.
type failed struct {
	text  string
	cause error
}

func (f failed) Error() string        { return f.text }
func (f failed) Is(target error) bool { return errors.Is(f.cause, target) }

// advice is what to do about what the network says.
func advice(err error) string {
	if _, is := errors.AsType[*tls.CertificateVerificationError](err); is {
		return "; see that the server's certificate is for this host and in its time, or give the authority that signed it"
	}
	if _, is := errors.AsType[*net.DNSError](err); is {
		return "; see that the host is spelled right, and that its name is known here"
	}
	if _, is := errors.AsType[*net.OpError](err); is {
		return "; see that the server is up and can be reached from here"
	}
	return ""
}

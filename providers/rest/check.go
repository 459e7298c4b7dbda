package rest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// check finds what CUE cannot, or has not been asked: a definition may come from elsewhere. Its errors begin
// with the word that is wrong.
func (a *api) check() error {
	if err := checkHeaders(a.Headers); err != nil {
		return fmt.Errorf("headers: %w", err)
	}
	if err := a.Identity.check(); err != nil {
		return fmt.Errorf("identity: %w", err)
	}
	if err := a.Leases.check(); err != nil {
		return fmt.Errorf("leases: %w", err)
	}
	if err := a.Auth.check(); err != nil {
		return fmt.Errorf("auth: %w", err)
	}
	return nil
}

// checkCalls compiles what the calls of a kind search their answers for.
func (k *kind) checkCalls() error {
	calls := k.calls()
	for _, word := range slices.Sorted(maps.Keys(calls)) {
		if err := calls[word].check(); err != nil {
			return fmt.Errorf("%s: %w", word, err)
		}
	}
	return nil
}

func (a *auth) check() (err error) {
	if a == nil {
		return nil
	}
	if a.Lifetime != "" {
		if a.lifetime, err = time.ParseDuration(a.Lifetime); err != nil || a.lifetime <= 0 {
			return fmt.Errorf("lifetime: %q is no duration such as 20m", a.Lifetime)
		}
	}
	switch a.Type {
	case "basic", "bearer":
		return nil
	case "header":
		if a.Header == "" {
			return errors.New("type header: say which header the token goes into (header)")
		}
		return nil
	case "login":
		return a.checkLogin()
	default:
		return fmt.Errorf("type: %q is none of basic, bearer, header and login", a.Type)
	}
}

func (a *auth) checkLogin() error {
	switch {
	case a.Path == "":
		return errors.New("type login: say where to sign in (path)")
	case a.Token == "":
		return errors.New("type login: say where the token is in the answer (token)")
	case a.Form != nil && a.JSON != nil:
		return errors.New("type login: it sends a form or JSON, not both")
	}
	for _, fields := range []map[string]string{a.Form, a.JSON} {
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if text := fields[name]; strings.ContainsAny(text, "{}") && text != "{user}" && text != "{password}" {
				return fmt.Errorf("type login: %s: %q stands for nothing; {user} and {password} do, each as a whole field", name, text)
			}
		}
	}
	return nil
}

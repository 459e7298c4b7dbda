package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"time"

	"github.com/gitops-reconciler/reconciler/reconcile/roles"
	"github.com/gitops-reconciler/reconciler/schema"
)

// fence runs the hook, or calls its URL. It has worked if the command ends with 0, or the answer is a 2xx.
func (s switcher) fence(ctx context.Context, hook schema.Hook, whom roles.Fenced) error {
	timeout, err := time.ParseDuration(cmp.Or(hook.Timeout, "30s"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if len(hook.Run) > 0 {
		err = s.runFence(ctx, hook.Run, whom)
	}
	if err == nil && hook.URL != "" {
		err = s.callFence(ctx, hook.URL, whom)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("it did not end within %s: %w", timeout, err)
	}
	return err
}

// runFence runs a command in the cluster's folder. It learns whom from its environment, which has nothing else of ours
// but PATH and HOME: secrets are not for it.
func (s switcher) runFence(ctx context.Context, run []string, whom roles.Fenced) error {
	cmd := exec.CommandContext(ctx, run[0], run[1:]...) // what the files say, by whoever may commit them
	cmd.Dir = s.app.dir
	cmd.WaitDelay = time.Second
	cmd.Env = []string{"EVENT=fence", "CLUSTER=" + whom.Cluster, "PEER=" + whom.Peer, "ADDRESS=" + whom.Address, "ROLE=" + whom.Role}
	for _, name := range []string{"PATH", "HOME"} {
		if value, is := s.app.getenv(name); is {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	const most = 500
	said := strings.TrimSpace(string(out))
	return fmt.Errorf("%s: %w: %s", run[0], err, said[max(0, len(said)-most):])
}

// callFence posts whom. The URL may be a secret, so no error shows it.
func (s switcher) callFence(ctx context.Context, to string, whom roles.Fenced) error {
	if !strings.HasPrefix(to, "https://") {
		var err error
		if to, err = s.app.secrets().resolve(to); err != nil {
			return err
		}
	}
	body, err := json.Marshal(struct {
		Event string `json:"event"`
		roles.Fenced
	}{"fence", whom})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return errors.New("the URL of the hook is none")
	}
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if wrapped, is := errors.AsType[*url.Error](err); is {
		return wrapped.Err
	}
	if response.StatusCode/100 != 2 {
		err = errors.New(response.Status)
	}
	return errors.Join(err, response.Body.Close())
}

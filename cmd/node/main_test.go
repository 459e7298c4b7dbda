package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// asNode makes the test binary a node.
const asNode = "NODE_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asNode) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// environ is a process's environment in a test.
type environ map[string]string

func (e environ) get(name string) string { return e[name] }

func (e environ) run(ctx context.Context, stdout, stderr io.Writer, args ...string) int {
	clock := func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	never := func(time.Duration) <-chan time.Time { return nil }
	return process{e.get, nil, clock, never, "v1", stdout, stderr}.run(ctx, args)
}

// start runs a node on a free port; stop makes it end and returns its exit
// code and what it logged.
func (e environ) start(t *testing.T, args ...string) (url string, stop func() (int, string)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var stderr bytes.Buffer
	lines, stdout := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- e.run(ctx, stdout, &stderr, append([]string{"--listen", "127.0.0.1:0"}, args...)...)
		_ = stdout.Close()
	}()
	line, err := bufio.NewReader(lines).ReadString('\n')
	url, found := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !found {
		t.Fatalf("stdout: %q, %v; exit %d: %s", line, err, <-code, stderr.String())
	}
	return url, func() (int, string) {
		cancel()
		return <-code, stderr.String()
	}
}

// fetch makes a request on a connection of its own.
func fetch(t *testing.T, method, url, token, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestServesAndStops(t *testing.T) {
	dir := t.TempDir()
	url, stop := environ{}.start(t, "--dir", dir, "--name", "n1", "--kinds", "host,route")
	if code, text := fetch(t, "PUT", url+"/v1/kinds/host/items/a%2Fb", "", `{"x":1}`); code != http.StatusCreated {
		t.Errorf("PUT: %d %s", code, text)
	}
	if code, text := fetch(t, "PUT", url+"/v1/kinds/other/items/a", "", `{}`); code != http.StatusBadRequest {
		t.Errorf("PUT of a kind that is not served: %d %s", code, text)
	}
	_, status := fetch(t, "GET", url+"/v1/status", "", "")
	for _, want := range []string{`"name":"n1"`, `"version":"v1"`, `"started":"2026-01-02T03:04:05Z"`, `"revision":1`} {
		if !strings.Contains(status, want) {
			t.Errorf("status %s, want %s", status, want)
		}
	}
	code, log := stop()
	if want := "msg=write method=PUT kind=host id=a/b revision=1"; code != exitOK || !strings.Contains(log, want) {
		t.Errorf("exit %d, log %s", code, log)
	}

	url, stop = environ{}.start(t, "--dir", dir)
	if code, text := fetch(t, "GET", url+"/v1/kinds/host/items/a%2Fb", "", ""); code != http.StatusOK {
		t.Errorf("GET after a restart: %d %s", code, text)
	}
	if code, log := stop(); code != exitOK || log != "" {
		t.Errorf("exit %d, log %s", code, log)
	}
}

func TestToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		env   environ
		args  []string
		token string
	}{
		"flag":                 {nil, []string{"--token-file", file}, "from file"},
		"file in environment":  {environ{"NODE_TOKEN_FILE": file}, nil, "from file"},
		"token in environment": {environ{"NODE_TOKEN": "given"}, nil, "given"},
		"flag wins":            {environ{"NODE_TOKEN": "given"}, []string{"--token-file", file}, "from file"},
	} {
		t.Run(name, func(t *testing.T) {
			url, stop := test.env.start(t, append(test.args, "--dir", t.TempDir())...)
			for token, want := range map[string]int{test.token: http.StatusOK, "other": http.StatusUnauthorized, "": http.StatusUnauthorized} {
				if code, text := fetch(t, "GET", url+"/v1/status", token, ""); code != want {
					t.Errorf("token %q: %d %s, want %d", token, code, text, want)
				}
			}
			if code, log := stop(); code != exitOK {
				t.Errorf("exit %d, log %s", code, log)
			}
		})
	}
}

func TestWrongUsage(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(empty, []byte(" \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		env  environ
		args []string
		want string
	}{
		"unknown flag":     {nil, []string{"--nope"}, "flag provided but not defined: -nope"},
		"no directory":     {nil, nil, "--dir is required"},
		"an argument":      {nil, []string{"--dir", "d", "x"}, `unexpected argument "x"`},
		"bad kind":         {nil, []string{"--dir", "d", "--kinds", "a,B"}, `kind "B": want [a-z]`},
		"no token file":    {nil, []string{"--dir", "d", "--token-file", empty + "x"}, "token: open " + empty + "x"},
		"empty token file": {nil, []string{"--dir", "d", "--token-file", empty}, "token: " + empty + " is empty"},
		"key alone":        {nil, []string{"--dir", "d", "--key", "k"}, "--cert and --key go together"},
		"client CA alone":  {nil, []string{"--dir", "d", "--client-ca", "k"}, "--client-ca needs --cert and --key"},
		"unknown mode":     {nil, []string{"--dir", "d", "--bad", "x"}, `invalid value "x" for flag -bad: want one of 500, deep,`},
		"slow tick":        {nil, []string{"--dir", "d", "--tick", "61s"}, "--tick 1m1s: want a duration from 10ms to a minute"},
		"fast tick":        {nil, []string{"--dir", "d", "--tick", "9ms"}, "--tick 9ms: want"},
		"bad place":        {nil, []string{"--dir", "d", "--places", "a/0,b"}, `--places: place "b": want ROLE/NUMBER`},
		"start alone":      {nil, []string{"--dir", "d", "--places", "a/0", "--on-start", "x"}, "--on-start and --on-stop go together"},
		"force alone":      {nil, []string{"--dir", "d", "--places", "a/0", "--on-force", "x"}, "--on-start and --on-stop go together"},
		"no places":        {nil, []string{"--dir", "d", "--on-start", "x", "--on-stop", "x"}, "--on-start and --on-stop need --places"},
		"two tokens":       {environ{"NODE_TOKEN": "a", "NODE_TOKEN_FILE": "b"}, []string{"--dir", "d"}, "both NODE_TOKEN and NODE_TOKEN_FILE are set"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			code := test.env.run(t.Context(), &stdout, &stderr, test.args...)
			if code != exitUsage || stdout.Len() > 0 {
				t.Errorf("exit %d, stdout %q", code, stdout.String())
			}
			if text := stderr.String(); !strings.Contains(text, test.want) || !strings.HasSuffix(text, "\nnode --help shows the flags\n") {
				t.Errorf("stderr %s, want %s and where to look", text, test.want)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	var stdout, stderr strings.Builder
	if code := (environ{}).run(t.Context(), &stdout, &stderr, "--help"); code != exitOK || stderr.Len() > 0 {
		t.Errorf("exit %d, stderr %s", code, stderr.String())
	}
	for _, want := range []string{"Usage: node --dir DIR", "\n  --token-file FILE", "\n  --bad MODE", "\n  --on-stop CMD", "retry-after"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("usage %s, want %s", stdout.String(), want)
		}
	}
}

func TestPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	address := listener.Addr().String()
	var stdout, stderr strings.Builder
	code := environ{}.run(t.Context(), &stdout, &stderr, "--dir", t.TempDir(), "--listen", address)
	if want := "node: listen tcp " + address + ": bind: address already in use: end the program that has the port, or give another with --listen\n"; code != exitError || stderr.String() != want {
		t.Errorf("exit %d, stderr %s, want %s", code, stderr.String(), want)
	}
	if stdout.Len() > 0 {
		t.Errorf("stdout %q", stdout.String())
	}
}

func TestDirectoryUnusable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	if code := (environ{}).run(t.Context(), io.Discard, &stderr, "--dir", file); code != exitError || !strings.Contains(stderr.String(), file) {
		t.Errorf("exit %d, stderr %s", code, stderr.String())
	}
}

// TestSignals runs main itself.
func TestSignals(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		t.Run(signal.String(), func(t *testing.T) {
			command := exec.CommandContext(t.Context(), self, "--listen", "127.0.0.1:0", "--dir", t.TempDir())
			// The race detector would sleep for a second before it exits.
			command.Env = []string{asNode + "=1", "GORACE=atexit_sleep_ms=0"}
			stdout, err := command.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
				t.Errorf("stdout %q: %v", line, err)
			}
			if err := command.Process.Signal(signal); err != nil {
				t.Error(err)
			}
			if err := command.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}

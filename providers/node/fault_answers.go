package node

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	wrongTypes = `{"ok":"yes","boot":7,"now":"soon","places":[],"error":[],"api":1,"name":{},"instance":7,"version":[],"revision":"many","kinds":[],"items":"none","results":0,"id":{},"body":"","next":{}}`
	signInPage = "<!doctype html>\n<title>Sign in</title>\n<form method=post><input name=user><input name=password type=password></form>\n"
	// dripPause is how often a byte comes: often enough for a reader that only
	// waits for the next.
	dripPause = 50 * time.Millisecond
)

func say(status int, contentType, body string) misbehave {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// slow ends with its client, or with the server.
func slow(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	consume(r)
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// consume reads the request: only then does the server notice that its client
// has gone.
func consume(r *http.Request) { _, _ = io.CopyN(io.Discard, r.Body, maxBulkBytes) }

func drip(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	consume(r)
	w.Header().Set("Content-Type", "application/json")
	ticker := time.NewTicker(dripPause)
	defer ticker.Stop()
	for {
		if !send(w, []byte(" ")) {
			return
		}
		select {
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		case <-ticker.C:
		}
	}
}

// send tells whether the client is still there.
func send(w http.ResponseWriter, data []byte) bool {
	_, err := w.Write(data)
	return err == nil && http.NewResponseController(w).Flush() == nil
}

func reset(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	consume(r)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 resets its stream so
	}
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// truncated announces the whole of the true answer.
func truncated(w http.ResponseWriter, r *http.Request, honest http.Handler) {
	whole := recording{header: w.Header(), status: http.StatusOK}
	honest.ServeHTTP(&whole, r)
	if whole.body.Len() > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(whole.body.Len()))
		w.WriteHeader(whole.status)
		send(w, whole.body.Bytes()[:whole.body.Len()/2])
	}
	panic(http.ErrAbortHandler)
}

// recording is an answer that is kept back.
type recording struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recording) Header() http.Header            { return r.header }
func (r *recording) WriteHeader(status int)         { r.status = status }
func (r *recording) Write(data []byte) (int, error) { return r.body.Write(data) }

// huge writes as fast as it is read.
func huge(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	consume(r)
	w.Header().Set("Content-Type", "application/json")
	more := []byte(strings.Repeat(`{"id":"x","revision":1,"body":{}},`, 2000))
	for sent := send(w, []byte(`{"items":[`)); sent && r.Context().Err() == nil; {
		sent = send(w, more)
	}
	panic(http.ErrAbortHandler)
}

func retryAfter(w http.ResponseWriter, r *http.Request, honest http.Handler) {
	w.Header().Set("Retry-After", "99999999999")
	say(http.StatusTooManyRequests, "application/json", `{"error":"too many requests"}`)(w, r, honest)
}

func redirect(w http.ResponseWriter, r *http.Request, honest http.Handler) {
	w.Header().Set("Location", "https://elsewhere.example"+r.URL.EscapedPath())
	say(http.StatusTemporaryRedirect, "text/plain", "moved\n")(w, r, honest)
}

package probe

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile/health"
)

// Path is where heartbeats are posted to.
const Path = "/v1/heartbeat"

// largest is how many bytes a heartbeat has at most.
const largest = 16 << 10

// Listener takes heartbeats over HTTP: POST Path, with a Beat in JSON. It answers 204 where one was taken,
// 503 where it could not be kept, and else says in one line what is wrong with it. It is an http.Handler.
type Listener struct {
	Knows   func(serial string) bool          // tells who may send any
	Deliver func(events ...health.Event) bool // is told of them, from several goroutines; false: there is no room
	Token   string                            // that peers give as a bearer token; "": none is asked for
}

// Beat is a heartbeat as it is sent.
type Beat struct {
	Serial   string `json:"serial"`
	Boot     string `json:"boot"`              // another after every start of the peer
	Sequence uint64 `json:"sequence"`          // from 1, rising
	Closing  bool   `json:"closing,omitempty"` // the last one: the peer has stopped what it ran, and ends
	// Components are its parts by name, and what is wrong with each; "": nothing.
	Components map[string]string `json:"components,omitempty"`
}

// ServeHTTP takes one heartbeat.
func (l *Listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if code, err := l.take(w, r); err != nil {
		http.Error(w, err.Error(), code)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (l *Listener) take(w http.ResponseWriter, r *http.Request) (code int, err error) {
	switch {
	case r.URL.Path != Path:
		return http.StatusNotFound, errors.New("heartbeats go to " + Path)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed, errors.New("a heartbeat is a POST")
	case !l.admits(r):
		w.Header().Set("WWW-Authenticate", "Bearer")
		return http.StatusUnauthorized, errors.New("give the cluster's token: Authorization: Bearer TOKEN")
	}
	beat, code, err := read(http.MaxBytesReader(w, r.Body, largest))
	switch {
	case err != nil:
		return code, err
	case !l.Knows(beat.Serial):
		return http.StatusNotFound, fmt.Errorf("no peer %q sends heartbeats here: see its serial, and health.heartbeat", beat.Serial)
	case !l.Deliver(health.Beat(beat)):
		return http.StatusServiceUnavailable, errors.New("nobody takes heartbeats just now: send the next one")
	}
	return 0, nil
}

// admits compares tokens in a time that tells nothing of them.
func (l *Listener) admits(r *http.Request) bool {
	given, is := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(l.Token))
	return l.Token == "" || is && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// read reads one heartbeat. Fields that are not known are a later version's.
func read(body io.Reader) (Beat, int, error) {
	var beat Beat
	decoder := json.NewDecoder(body)
	err := decoder.Decode(&beat)
	if err == nil {
		err = end(decoder)
	}
	if large, is := errors.AsType[*http.MaxBytesError](err); is {
		return beat, http.StatusRequestEntityTooLarge, fmt.Errorf("a heartbeat has %d bytes at most", large.Limit)
	}
	switch {
	case err != nil:
		return beat, http.StatusBadRequest, fmt.Errorf("not a heartbeat in JSON: %w", err)
	case beat.Serial == "" || beat.Boot == "" || beat.Sequence == 0:
		return beat, http.StatusBadRequest, errors.New("a heartbeat has a serial, a boot, which is another after every start, and a sequence, from 1 and rising")
	}
	return beat, 0, nil
}

// end is nil if nothing follows.
func end(decoder *json.Decoder) error {
	switch _, err := decoder.Token(); {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil:
		return errors.New("something follows the heartbeat")
	default:
		return fmt.Errorf("something follows the heartbeat: %w", err)
	}
}

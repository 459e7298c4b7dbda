package node

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
)

// refusal is an error that is the request's fault.
type refusal struct {
	status int
	reason string
}

func (r *refusal) Error() string { return r.reason }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

func noSuchItem(k key) error {
	return refuse(http.StatusNotFound, "%s: no such item", k)
}

// answer is the one place where an error becomes a status.
func (n *Node) answer(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		status := statusOf(err)
		if status >= 500 {
			n.options.Logger.LogAttrs(r.Context(), slog.LevelError, "internal error",
				slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Any("error", err))
		}
		reply(w, status, map[string]string{"error": err.Error()})
	}
}

func statusOf(err error) int {
	if refused, ok := errors.AsType[*refusal](err); ok {
		return refused.status
	}
	if noRoom(err) {
		return http.StatusInsufficientStorage
	}
	return http.StatusInternalServerError
}

func replyItem(w http.ResponseWriter, status int, i item) {
	w.Header().Set("ETag", etag(i.Revision))
	reply(w, status, i)
}

// reply does not report that the client has gone: nobody is left to tell.
func reply(w http.ResponseWriter, status int, value any) {
	data, err := encode(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n'))
}

// logWrite leaves the body out: it may hold secrets.
func (n *Node) logWrite(r *http.Request, k key, revision uint64) {
	n.options.Logger.LogAttrs(r.Context(), slog.LevelInfo, "write",
		slog.String("method", r.Method), slog.String("kind", k.kind), slog.String("id", k.id),
		slog.Uint64("revision", revision))
}

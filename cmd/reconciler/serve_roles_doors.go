package main

import (
	"encoding/json"
	"net/http"

	"github.com/gitops-reconciler/reconciler/schema"
)

// rolesInside are the ways to ask and tell about roles.
func (d *doors) rolesInside(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/roles", func(w http.ResponseWriter, _ *http.Request) { answer(w, d.roles.Status()) })
	mux.HandleFunc("POST /v1/roles/switchover", told(func(r *http.Request, t switchoverWish) (any, error) {
		return d.roles.Switch(r.Context(), t.Place, t.To, t.Dry)
	}))
	mux.HandleFunc("POST /v1/roles/attest", told(func(r *http.Request, t attestation) (any, error) {
		return d.roles.Status(), d.roles.Attest(r.Context(), t.Serial, t.By)
	}))
	mux.HandleFunc("POST /v1/roles/enroll", told(func(r *http.Request, t attestation) (any, error) {
		return d.roles.Status(), d.roles.Enrol(r.Context(), t.Serial, t.By)
	}))
	mux.HandleFunc("POST /v1/roles/pause", told(func(r *http.Request, t pauseWish) (any, error) {
		return d.roles.Status(), d.roles.Pause(r.Context(), t.Why)
	}))
}

type switchoverWish struct {
	Place schema.Place `json:"place"`
	To    string       `json:"to"`
	Dry   bool         `json:"dry"`
}

type attestation struct {
	Serial string `json:"serial"`
	By     string `json:"by"`
}

type pauseWish struct {
	Why string `json:"why"` // "": go on
}

// told handles a request with a JSON body. What is refused is answered 409 with why.
func told[T any](do func(*http.Request, T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body T
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		value, err := do(r, body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		answer(w, value)
	}
}

package node

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// lie answers as honestly as ever, but for what the node holds.
func lie(change func(*Tenure)) misbehave {
	return func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		whole := recording{header: w.Header(), status: http.StatusOK}
		honest.ServeHTTP(&whole, r)
		text, tenure := whole.body.Bytes(), Tenure{}
		if err := json.Unmarshal(text, &tenure); err == nil && whole.status == http.StatusOK && tenure.Boot != "" {
			change(&tenure)
			text, _ = encode(tenure) // as it came
		}
		w.WriteHeader(whole.status)
		_, _ = w.Write(text)
	}
}

// everyPlace changes what a node has of each place.
func everyPlace(change func(*Tenant)) func(*Tenure) {
	return func(t *Tenure) {
		for place, tenant := range t.Places {
			change(&tenant)
			t.Places[place] = tenant
		}
	}
}

// disowned says passive whatever runs.
func disowned(t *Tenant) { t.State, t.Until = "passive", 0 }

// clung says that what was stopped runs, and will for a year.
func clung(t *Tenant) { t.State, t.Until = "active", 365*24*time.Hour }

// outranked leaves no epoch that is higher.
func outranked(t *Tenant) { t.Epoch = 1<<64 - 1 }

// rebooting is another boot at every look.
func rebooting(t *Tenure) { t.Boot += "-" + strconv.FormatInt(int64(t.Now), 10) }

package node

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Fault is a way to misbehave on purpose, for tests of those who call nodes.
type Fault string

// The faults. Whatever a node does so, it does to the request: the items stay
// as they are, except that Truncated carries the request out first.
const (
	Slow       Fault = "slow"        // accepts the request and never answers
	Drip       Fault = "drip"        // answers with a byte now and then, for ever
	Refusing   Fault = "refusing"    // 403, whoever asks for whatever
	Failing    Fault = "500"         // 500 Internal Server Error
	WrongType  Fault = "wrong-type"  // 200, JSON, every value of the wrong type
	Empty      Fault = "empty"       // 200 and no body
	Reset      Fault = "reset"       // resets the connection instead of an answer
	Truncated  Fault = "truncated"   // half of the true answer, and the connection ends
	Huge       Fault = "huge"        // 200 and a list without end
	Deep       Fault = "deep"        // 200 and a million brackets, one in the other
	RetryAfter Fault = "retry-after" // 429, come back in 3000 years
	Redirect   Fault = "redirect"    // 307 to another host
	HTML       Fault = "html"        // 200 and a page for people to sign in

	// Lies about leases. Anything else is answered as it should be.
	Disowned  Fault = "lease-disowned"  // every place is passive, whatever runs
	Clung     Fault = "lease-clung"     // every place runs, also those that were stopped
	Outranked Fault = "lease-outranked" // every place has seen the highest epoch there is
	Rebooting Fault = "lease-rebooting" // another boot at every answer
)

// misbehave is a handler that may also ask for the true answer.
type misbehave func(w http.ResponseWriter, r *http.Request, honest http.Handler)

func faults() map[Fault]misbehave {
	return map[Fault]misbehave{
		Slow:       slow,
		Drip:       drip,
		Refusing:   say(http.StatusForbidden, "application/json", `{"error":"this node refuses everything"}`),
		Failing:    say(http.StatusInternalServerError, "application/json", `{"error":"something broke inside"}`),
		WrongType:  say(http.StatusOK, "application/json", wrongTypes),
		Empty:      say(http.StatusOK, "application/json", ""),
		Reset:      reset,
		Truncated:  truncated,
		Huge:       huge,
		Deep:       say(http.StatusOK, "application/json", strings.Repeat("[", 1_000_000)),
		RetryAfter: retryAfter,
		Redirect:   redirect,
		HTML:       say(http.StatusOK, "text/html; charset=utf-8", signInPage),
		Disowned:   lie(everyPlace(disowned)),
		Clung:      lie(everyPlace(clung)),
		Outranked:  lie(everyPlace(outranked)),
		Rebooting:  lie(rebooting),
	}
}

// Faults returns the names of all faults, sorted.
func Faults() []string {
	var names []string
	for f := range maps.Keys(faults()) {
		names = append(names, string(f))
	}
	slices.Sort(names)
	return names
}

// Set makes f the fault of that name; it implements flag.Value.
func (f *Fault) Set(name string) error {
	if _, known := faults()[Fault(name)]; !known {
		return fmt.Errorf("want one of %s", strings.Join(Faults(), ", "))
	}
	*f = Fault(name)
	return nil
}

// String is the fault's name, "" for none.
func (f *Fault) String() string {
	if f == nil {
		return ""
	}
	return string(*f)
}

// Misbehave returns a handler that answers as next does, or with the fault
// that choose returns for a request; "" is none. A fault that is none of those
// above is an error of the program, and answered 500.
func Misbehave(next http.Handler, choose func(*http.Request) Fault) http.Handler {
	all := faults()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault := choose(r)
		switch do, known := all[fault]; {
		case fault == "":
			next.ServeHTTP(w, r)
		case known:
			do(w, r, next)
		default:
			http.Error(w, "no such fault: "+string(fault), http.StatusInternalServerError)
		}
	})
}

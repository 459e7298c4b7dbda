package store

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
)

// A plan file is three lines: what it is and which state it belongs to, the plan as JSON, and a keyed hash
// of both. What is in it gets written to servers, so that only who holds the state's key can have made it.
const (
	planHead    = "reconciler saved plan, version %d, state %s"
	planVersion = 1
)

// PlanFile is a saved plan as it was read. Nothing in it is to be trusted before Check.
type PlanFile struct {
	name     string
	head     string // the first line
	state    string // what it says of itself
	document []byte
	mac      string
}

// WritePlan writes a document to a file, for the state with this key. The file is there whole or not at
// all, and only its owner may read it.
func WritePlan(name string, key []byte, document any) error {
	data, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	f := PlanFile{head: fmt.Sprintf(planHead, planVersion, stateName(key)), document: data}
	text := fmt.Appendf(f.signed(), "%s\n", f.sign(key))
	if err := writeWhole(name, text); err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	return nil
}

// ReadPlan reads a file that WritePlan wrote. It fails on everything else, and on what a later version of
// this program wrote.
func ReadPlan(name string) (*PlanFile, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	lines := bytes.Split(data, []byte("\n"))
	f := &PlanFile{name: name, head: string(lines[0])}
	version := 0
	if n, _ := fmt.Sscanf(f.head, planHead, &version, &f.state); n < 1 {
		return nil, fmt.Errorf("%s is no saved plan: plan --out FILE writes one", name)
	}
	switch {
	case version > planVersion:
		return nil, fmt.Errorf("%s is a saved plan of version %d, and this program knows %d only: use the program that made it, or plan again", name, version, planVersion)
	case len(lines) != 4 || len(lines[3]) > 0:
		return nil, fmt.Errorf("%s is not whole: plan again", name)
	}
	f.document, f.mac = lines[1], string(lines[2])
	return f, nil
}

// Check refuses a plan that was not made with the state of this key, or is not as it was made.
func (f *PlanFile) Check(key []byte) error {
	switch {
	case f.Foreign(key):
		return fmt.Errorf("%s was made with another state than the one that is used here: give --state as when it was made, or plan again", f.name)
	case !hmac.Equal([]byte(f.mac), []byte(f.sign(key))):
		return fmt.Errorf("%s is not as it was made: somebody or something has changed it; plan again", f.name)
	}
	return nil
}

// Foreign tells whether the plan says of itself that it was made with the state of another key.
func (f *PlanFile) Foreign(key []byte) bool { return f.state != stateName(key) }

// Decode reads the document.
func (f *PlanFile) Decode(into any) error {
	if err := json.Unmarshal(f.document, into); err != nil {
		return fmt.Errorf("%s cannot be read: %w", f.name, err)
	}
	return nil
}

func (f *PlanFile) signed() []byte {
	return fmt.Appendf(nil, "%s\n%s\n", f.head, f.document)
}

func (f *PlanFile) sign(key []byte) string {
	mac := hmac.New(sha256.New, append([]byte("saved plans\n"), key...)) // not what marks secrets
	mac.Write(f.signed())
	return "hmac-sha256:" + hex.EncodeToString(mac.Sum(nil))
}

// stateName is what plans call a state: it tells states apart, and nothing of their keys.
func stateName(key []byte) string {
	mac := hmac.New(sha256.New, append([]byte("saved plans\n"), key...))
	mac.Write([]byte("the name of this state"))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

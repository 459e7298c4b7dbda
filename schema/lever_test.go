package schema

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLever(t *testing.T) {
	for text, want := range map[string]struct {
		on, off Body
	}{
		`{"active": {"status": 1}, "standby": {"status": 0}}`:                 {Body{"id": int64(9), "status": int64(1)}, Body{"id": int64(9), "status": int64(0)}},
		`{"active": {"at": {"on": true}}, "standby": {"id": null, "off": 9}}`: {Body{"id": int64(9), "at": map[string]any{"on": true}}, Body{"off": int64(9)}},
		`{"active": {}, "standby": "absent"}`:                                 {Body{"id": int64(9)}, nil},
	} {
		var lever Lever
		if err := json.Unmarshal([]byte(text), &lever); err != nil {
			t.Fatal(err)
		}
		body := Body{"id": int64(9)}
		on, there := lever.Set(body, true)
		if d := cmp.Diff(want.on, on); d != "" || !there {
			t.Errorf("%s: active: there is %v\n%s", text, there, d)
		}
		off, there := lever.Set(body, false)
		if d := cmp.Diff(want.off, off); d != "" || there != (want.off != nil) {
			t.Errorf("%s: standby: there is %v\n%s", text, there, d)
		}
		if d := cmp.Diff(Body{"id": int64(9)}, body); d != "" {
			t.Errorf("%s: the body was modified:\n%s", text, d)
		}
	}
}

// TestLeverReads: what is written is read back, with whole numbers as whole numbers.
func TestLeverReads(t *testing.T) {
	for _, want := range []Lever{
		{Active: Body{"n": int64(1) << 60}, Standby: map[string]any{"n": int64(0)}},
		{Active: Body{"on": true}, Standby: "absent"},
	} {
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Lever
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	if err := json.Unmarshal([]byte(`{"active": 1}`), new(Lever)); err == nil {
		t.Error("a number is no body")
	}
}

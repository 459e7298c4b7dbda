package load

import (
	"strings"
	"testing"
)

func TestWanted(t *testing.T) {
	for text, want := range map[string]string{
		"string": "a string", "uint": "a whole number, 0 or more", "bool": "true or false", `"as2"`: `"as2"`, "7": "7",
		`=~"^/"`: "a string that begins with /", `=~"^[a-z]+$"`: "a string that matches ^[a-z]+$",
		`!~"//"`: "a string that does not match //", ">=1 & <=9": "1 or more and 9 or less", "int & >0": "a whole number and more than 0",
		"*1 | 2 | 3": "1, 2 or 3", "[...string]": "a list", "{name!:string}": "a struct ({...})", `!=""`: `anything but ""`,
		`"a | b"`: `"a | b"`, "time.Time": "time.Time",
	} {
		if got := wanted(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestShown(t *testing.T) {
	long := `"` + strings.Repeat("é", 60) + `"`
	if got := shown(long); len(got) > 66 || !strings.HasSuffix(got, `é..."`) || strings.ContainsRune(got, '\uFFFD') {
		t.Errorf("got %s", got)
	}
	if got := shown("7"); got != "7" {
		t.Errorf("got %s", got)
	}
}

func TestListed(t *testing.T) {
	var names []string
	for range 40 {
		names = append(names, "a_field_name")
	}
	got := listed(names)
	if !strings.HasSuffix(got, " and 29 more") || len(got) > 180 {
		t.Errorf("got %s", got)
	}
	if got := listed(names[:2]); got != "a_field_name, a_field_name" {
		t.Errorf("got %s", got)
	}
}

func TestLikely(t *testing.T) {
	among := []string{"home_dir", "max_sessions", "quota_files", "quota_size", "denied_address", "denied_browser", "denied_country", "denied_domain"}
	for name, want := range map[string]string{
		"homedir": "home_dir", "home": "home_dir", "quota": "quota_files quota_size", "denied": "", "x": "", "maxSessions": "max_sessions",
	} {
		if got := strings.Join(likely(name, among), " "); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

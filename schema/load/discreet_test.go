package load

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestSecretsAreNotSaid looks for what stands in the place of secrets in all that is said about it.
func TestSecretsAreNotSaid(t *testing.T) {
	for _, name := range []string{"secret_in_own_words", "secret_at_all_scopes", "secret_conflicting", "bad_address"} {
		archive, err := txtar.ParseFile("testdata/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		result := Load(inputOf(archive))
		if len(result.Problems) == 0 {
			t.Errorf("%s: nothing is wrong", name)
		}
		for _, secret := range []string{"hunter", "4711", "4712"} {
			if said := whole(result); strings.Contains(said, secret) {
				t.Errorf("%s: %q is said in %s", name, secret, said)
			}
		}
	}
}

func TestTellsSecret(t *testing.T) {
	for name, want := range map[string]bool{
		"password": true, "userPassword": true, "api_key": true, "AccessToken": true, "private_key": true,
		"public_keys": false, "path": false, "user": false,
	} {
		if got := tellsSecret(name); got != want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestSignsIn(t *testing.T) {
	for text, want := range map[string]bool{
		`"https://admin:x@n1"`: true, "admin:x@n1": true, "alice@example.org": false, "https://n1": false, "a@b:22": false,
	} {
		if got := signsIn(text); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

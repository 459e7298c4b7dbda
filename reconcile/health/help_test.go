package health

import "testing"

// ok ends the test on an error, and is what came without one.
func ok[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

//go:build race

package load

// childEnv is the child's environment: a program with the race detector would else wait a second at its end.
func childEnv() []string { return []string{"GORACE=atexit_sleep_ms=0"} }

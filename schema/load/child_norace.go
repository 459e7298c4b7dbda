//go:build !race

package load

// childEnv is the child's environment: an empty one.
func childEnv() []string { return []string{} }

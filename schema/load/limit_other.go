//go:build !linux && !darwin

package load

// limit does what it can where the system has no limits to set: the deadline in Child still holds.
func limit(Limits) error { return nil }

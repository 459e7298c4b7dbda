// Package lease decides when a place of a role may change hands.
package lease

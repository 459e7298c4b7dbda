// Package reconciler holds what travels inside the binary: the CUE module of this repository (the
// vocabulary of a cluster and the definitions of the providers) and the example that the demo applies.
// It does nothing; schema/load evaluates the module and cmd/reconciler writes the example out.
package reconciler

import "embed"

// Module is the CUE module github.com/gitops-reconciler/reconciler@v0: its packages schema,
// providers/rest and providers/NAME.
//
//go:embed cue.mod/module.cue schema/*.cue providers/*/*.cue
var Module embed.FS

// Example is the root cluster.cue.
//
//go:embed cluster.cue
var Example []byte

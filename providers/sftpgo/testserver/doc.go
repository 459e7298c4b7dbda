// Package testserver builds and runs real SFTPGo servers, so that tests see what the
// product does and not what a fake of it was thought to do.
//
// SFTPGo is licensed under the AGPL and has hundreds of dependencies. It is therefore a
// program beside the tests, built from a module of its own (the build folder), never
// linked and never in the reconciler's go.mod.
//
// A server keeps everything below one folder, listens on the loopback interface only,
// and dies with the process that started it. The package is for tests: nothing that is
// shipped may import it.
package testserver

package main

import (
	"context"
	"maps"
	slash "path"
	"path/filepath"

	"github.com/gitops-reconciler/reconciler/schema"
	"github.com/gitops-reconciler/reconciler/schema/load"
)

// writeDump writes files, or all to standard output.
func (a *app) writeDump(ctx context.Context, c loaded, d *dump, o dumpOptions) error {
	if o.out == "" {
		data, err := load.Write(d.pkg, d.sections())
		if err != nil {
			return err
		}
		_, err = a.stdout.Write(data)
		return err
	}
	files, err := d.files()
	if err != nil {
		return err
	}
	if err := a.fitIn(ctx, c, o.out, files); err != nil {
		return err
	}
	files, there, err := against(o.out, files)
	if err != nil {
		return err
	}
	if len(there) > 0 && !o.force {
		return a.ui.inTheWay(there)
	}
	done, err := write(o.out, files)
	if err != nil {
		return a.ui.halfWritten(done, "give the same command with --force", err)
	}
	return a.ui.wrote(o.out, done)
}

// fitIn refuses files that would make the cluster beside which they are written an invalid one: two files may
// say the same twice, and no two things.
func (a *app) fitIn(ctx context.Context, c loaded, out string, files []load.Edit) error {
	here, err := filepath.Abs(a.dir)
	if err != nil {
		return err
	}
	if there, err := filepath.Abs(out); err != nil || there != here || a.rev != "" {
		return err
	}
	in := load.Input{Files: maps.Clone(c.in.Files), Dir: c.in.Dir}
	for _, file := range files {
		in.Files[slash.Join(in.Dir, file.Name)] = file.Data
	}
	result, err := a.fitter().Load(ctx, in)
	if err != nil || len(result.Problems) == 0 {
		return err
	}
	for i := range result.Problems {
		atDir(a.dir, in.Dir, &result.Problems[i].At)
		for j := range result.Problems[i].Related {
			atDir(a.dir, in.Dir, &result.Problems[i].Related[j].At)
		}
	}
	a.ui.note("Nothing was written. With these files the cluster would not be valid any more:")
	return a.ui.problems(result.Problems)
}

// atDir names a file of the module, in which the cluster is in the folder dir, from where people are: there
// the cluster's folder is given.
func atDir(given, dir string, at *schema.Position) {
	if below, err := filepath.Rel(filepath.FromSlash(dir), filepath.FromSlash(at.File)); err == nil && at.File != "" {
		at.File = filepath.Join(given, below)
	}
}

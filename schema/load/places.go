package load

import (
	"context"

	"github.com/gitops-reconciler/reconciler/schema"
)

// Places tells where an input that has been evaluated writes what paths lead to, or, of what it does not
// write, as much of the path as it does: one place for each path. It reads in a child, as Load does; its
// error is for what Load's is.
func (c Child) Places(ctx context.Context, in Input, paths [][]string) ([]schema.Position, error) {
	in.Find = paths
	result, err := c.Load(ctx, in)
	if err != nil {
		return nil, err
	}
	places := make([]schema.Position, len(paths))
	copy(places, result.Places) // none, where it went over a limit
	return places, nil
}

// find is Load where places are asked for.
func find(in Input) Result {
	p, _ := buildPackage(in) // what is wrong with it has been said
	var result Result
	for _, path := range in.Find {
		result.Places = append(result.Places, p.locate(path))
	}
	return result
}

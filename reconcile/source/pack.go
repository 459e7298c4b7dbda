package source

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/memfs"
	"github.com/go-git/go-billy/v5/util"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// perObject is what an object costs beside its content, in bytes: its places in the index.
const perObject = 256

// unpack makes a store of a pack that holds no more than limit bytes. The store is in memory, and nothing
// else refers to it.
func unpack(ctx context.Context, pack []byte, limit int64) (*stored, error) {
	if err := weigh(readerIn(ctx, pack), limit); err != nil {
		return nil, packError(err)
	}
	index := &idxfile.Writer{}
	parser, err := packfile.NewParser(packfile.NewScanner(readerIn(ctx, pack)), index)
	if err != nil {
		return nil, packError(err)
	}
	sum, err := parser.Parse()
	if err != nil {
		return nil, packError(err)
	}
	disk := memfs.New()
	if err := shelve(disk, sum, pack, index); err != nil {
		return nil, packError(err)
	}
	options := filesystem.Options{ExclusiveAccess: true}
	return &stored{storage: filesystem.NewStorageWithOptions(disk, cache.NewObjectLRUDefault(), options)}, nil
}

// weigh reads a pack through, keeping nothing, and counts what its objects will take: a pack of a few bytes
// can stand for gigabytes. The scanner holds each object to the size that it states, and go-git what comes
// out of a difference to the size that the difference states.
func weigh(pack io.Reader, limit int64) error {
	s := packfile.NewScanner(pack)
	_, count, err := s.Header()
	if err != nil {
		return err
	}
	for left := limit; count > 0; count-- {
		size, err := weighNext(s, left)
		if err != nil {
			return err
		}
		if left -= size; size < 0 || left < 0 {
			return tooMuch(limit)
		}
	}
	_, err = s.Checksum()
	return err
}

// weighNext gives what the next object takes, in bytes, without reading one that takes more than is left.
func weighNext(s *packfile.Scanner, left int64) (int64, error) {
	h, err := s.NextObjectHeader()
	if err != nil || h.Length < 0 || h.Length > left {
		return left + 1, err
	}
	start := &prefix{}
	n, _, err := s.NextObject(start)
	if err == nil && n < h.Length {
		err = packfile.ErrMalformedPackFile
	}
	if err != nil {
		return 0, err
	}
	if !h.Type.IsDelta() {
		return h.Length + perObject, nil
	}
	result, err := start.resultSize()
	if result > uint64(left) {
		return left + 1, err
	}
	return h.Length + int64(result) + perObject, err
}

// prefix keeps the first bytes that are written to it: a difference begins with two sizes, of what it starts
// from and of what comes out.
type prefix struct {
	data [2 * binary.MaxVarintLen64]byte
	n    int
}

func (p *prefix) Write(b []byte) (int, error) {
	p.n += copy(p.data[p.n:], b)
	return len(b), nil
}

func (p *prefix) resultSize() (uint64, error) {
	_, n := binary.Uvarint(p.data[:p.n])
	if n <= 0 {
		return 0, packfile.ErrInvalidDelta
	}
	size, m := binary.Uvarint(p.data[n:p.n])
	if m <= 0 {
		return 0, packfile.ErrInvalidDelta
	}
	return size, nil
}

// shelve writes a pack and its index to where a repository has them.
func shelve(disk billy.Filesystem, sum plumbing.Hash, pack []byte, objects *idxfile.Writer) error {
	index, err := objects.Index()
	if err != nil {
		return err
	}
	var encoded bytes.Buffer
	if _, err := idxfile.NewEncoder(&encoded).Encode(index); err != nil {
		return err
	}
	name := "objects/pack/pack-" + sum.String()
	return errors.Join(
		util.WriteFile(disk, name+".pack", pack, 0o444),
		util.WriteFile(disk, name+".idx", encoded.Bytes(), 0o444))
}

func packError(err error) error { return fmt.Errorf("read the pack: %w", err) }

func tooMuch(limit int64) error {
	return fmt.Errorf("%w: more than %d bytes; give the configuration a repository of its own, or raise the limit", errTooMuch, limit)
}

// timed reads until its context ends, which nothing else would notice while a pack is worked through.
type timed struct {
	*bytes.Reader
	ctx context.Context
}

func readerIn(ctx context.Context, data []byte) timed { return timed{bytes.NewReader(data), ctx} }

func (t timed) Read(p []byte) (int, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}
	return t.Reader.Read(p)
}

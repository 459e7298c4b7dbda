package source

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha1" //nolint:gosec // what packs end with
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// packed is one entry of a pack that is made by hand.
type packed struct {
	kind   plumbing.ObjectType
	states int // the size that it states, 0 being its own
	back   int // for a difference, how many bytes before it that begins which it starts from
	data   []byte
}

func (p packed) bytes() []byte {
	var b bytes.Buffer
	size := p.states
	if size == 0 {
		size = len(p.data)
	}
	first := byte(p.kind)<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		b.WriteByte(first | 0x80)
		first = byte(size & 127)
	}
	b.WriteByte(first)
	if p.kind == plumbing.OFSDeltaObject { // few enough for one byte
		b.WriteByte(byte(p.back))
	}
	z := zlib.NewWriter(&b)
	_, _ = z.Write(p.data)
	_ = z.Close()
	return b.Bytes()
}

func packOf(entries ...packed) []byte {
	b := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("PACK"), 2), uint32(len(entries)))
	for _, e := range entries {
		b = append(b, e.bytes()...)
	}
	sum := sha1.Sum(b) //nolint:gosec // as above
	return append(b, sum[:]...)
}

// repeats is a difference that makes n copies of the 64 KiB that it starts from.
func repeats(n int) []byte {
	b := binary.AppendUvarint(binary.AppendUvarint(nil, 1<<16), uint64(n)<<16)
	return append(b, bytes.Repeat([]byte{0x80}, n)...) // from 0, of the default size
}

func TestPackIsUnpacked(t *testing.T) {
	base := packed{kind: plumbing.BlobObject, data: bytes.Repeat([]byte("x"), 1<<16)}
	twice := packed{kind: plumbing.OFSDeltaObject, back: len(base.bytes()), data: repeats(2)}
	store, err := unpack(t.Context(), packOf(base, twice), 1<<20)
	ok(t, err)
	for _, data := range [][]byte{base.data, bytes.Repeat(base.data, 2)} {
		h := plumbing.ComputeHash(plumbing.BlobObject, data)
		got, err := (&objects{t.Context(), store}).get(plumbing.BlobObject, h)
		if err != nil || got.Size() != int64(len(data)) {
			t.Errorf("%s: %v", h, err)
		}
	}
}

// TestPacksThatAreBombs has packs that are small, and state or hide that they are large.
func TestPacksThatAreBombs(t *testing.T) {
	const limit = 1 << 20
	zeros := make([]byte, limit)
	base := packed{kind: plumbing.BlobObject, data: zeros[:1<<16]}
	bomb := func(back int) packed { return packed{kind: plumbing.OFSDeltaObject, back: back, data: repeats(12)} }
	for name, pack := range map[string][]byte{
		"one large file":      packOf(packed{kind: plumbing.BlobObject, data: zeros}),
		"files that add up":   packOf(packed{kind: plumbing.BlobObject, data: zeros[:limit/2]}, packed{kind: plumbing.BlobObject, data: zeros[1:][:limit/2]}),
		"differences":         packOf(base, bomb(len(base.bytes())), bomb(len(base.bytes())+len(bomb(1).bytes()))),
		"a difference of one": packOf(base, packed{kind: plumbing.OFSDeltaObject, back: len(base.bytes()), data: repeats(16)}),
		"a difference that states more than can be counted": packOf(base, packed{
			kind: plumbing.OFSDeltaObject, back: len(base.bytes()), data: append(binary.AppendUvarint(repeats(1)[:3], 1<<64-1), 0x80),
		}),
		"a file that states it": packOf(packed{kind: plumbing.BlobObject, states: 1 << 40, data: []byte("x")}),
	} {
		_, err := unpack(t.Context(), pack, limit)
		if !errors.Is(err, errTooMuch) {
			t.Errorf("%s: %v", name, err)
		}
		if len(pack) > limit/10 {
			t.Errorf("%s is no bomb: %d bytes", name, len(pack))
		}
	}
}

func TestManyObjectsCountToo(t *testing.T) {
	pack := packOf(slices.Repeat([]packed{{kind: plumbing.BlobObject}}, 20)...)
	_, err := unpack(t.Context(), pack, 20*perObject)
	ok(t, err)
	if _, err = unpack(t.Context(), pack, 20*perObject-1); !errors.Is(err, errTooMuch) {
		t.Error(err)
	}
}

func TestPacksThatAreBroken(t *testing.T) {
	blob := packed{kind: plumbing.BlobObject, data: []byte("text")}
	good := packOf(blob)
	lie := repeats(1)
	lie[3] = 0 // it states that nothing comes out
	for name, pack := range map[string][]byte{
		"empty": nil, "no pack": []byte("<html>" + strings.Repeat("x", 100)), "cut short": good[:len(good)-1],
		"changed":             append(append([]byte{}, good[:len(good)-1]...), good[len(good)-1]+1),
		"more than it says":   packOf(packed{kind: plumbing.BlobObject, states: 3, data: []byte("text")}),
		"less than it says":   packOf(packed{kind: plumbing.BlobObject, states: 100, data: []byte("text")}),
		"starts from nothing": packOf(packed{kind: plumbing.OFSDeltaObject, back: 5, data: repeats(1)}),
		"lies about what comes out": packOf(packed{kind: plumbing.BlobObject, data: make([]byte, 1<<16)},
			packed{kind: plumbing.OFSDeltaObject, back: len(packed{kind: plumbing.BlobObject, data: make([]byte, 1<<16)}.bytes()), data: lie}),
		"no difference": packOf(blob, packed{kind: plumbing.OFSDeltaObject, back: len(blob.bytes()), data: []byte{0x80}}),
	} {
		_, err := unpack(t.Context(), pack, 1<<20)
		if err == nil || errors.Is(err, errTooMuch) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnpackingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := unpack(ctx, packOf(packed{kind: plumbing.BlobObject}), 1<<20); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestRemoteBoundsWhatItFetches has real commits beyond the limit, in bytes received and in bytes unpacked.
func TestRemoteBoundsWhatItFetches(t *testing.T) {
	s := newSite(t)
	noise := make([]byte, 1<<16)
	for i := range noise {
		noise[i] = byte(i * i * i >> 7)
	}
	for _, text := range []string{string(noise), strings.Repeat("x", 1<<20)} {
		h := s.save("master", map[string]string{"f": text, "g": ""})
		o := s.options()
		o.MaxBytes = 1 << 13
		_, err := remote(t, o).Tree(t.Context(), h.String(), "")
		says(t, err, "too large to be held in memory: more than 8192 bytes; give the configuration a repository of its own, or raise")
		o.MaxBytes = int64(len(text)) + 10*perObject
		has(t, remote(t, o), "", h.String(), map[string]string{"f": text, "g": ""})
	}
}

// answers has a server answer as if it were asked for something else.
func (s *site) answers(h plumbing.Hash, write func(http.ResponseWriter)) {
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			return true
		}
		w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
		_, _ = io.WriteString(w, "0034shallow "+h.String()+"0000"+"0008NAK\n")
		write(w)
		return false
	}
}

func TestRemoteDistrustsTheServer(t *testing.T) {
	s := newSite(t)
	h := s.save("master", map[string]string{"f": "f"})
	for say, write := range map[string]func(http.ResponseWriter){
		"object " + h.String() + " is not here": func(w http.ResponseWriter) {
			_, _ = w.Write(onBand(1, packOf(packed{kind: plumbing.TreeObject})))
		},
		"more than 8192 bytes": func(w http.ResponseWriter) { // which need be no pack
			_, _ = w.Write(onBand(1, make([]byte, 8193)))
		},
		"too large to be held in memory: more": func(w http.ResponseWriter) { // words without end, and no pack
			for endless := onBand(2, make([]byte, 60000)); ; {
				if _, err := w.Write(endless[:len(endless)-4]); err != nil {
					return
				}
			}
		},
		"no, \ufffd[31m": func(w http.ResponseWriter) { _, _ = w.Write(onBand(3, []byte("no, \x1b[31m"))) },
	} {
		s.answers(h, write)
		o := s.options()
		o.MaxBytes = 8192
		_, err := remote(t, o).Tree(t.Context(), h.String(), "")
		says(t, err, "Git repository https://", "read commit ", say)
	}
}

// onBand is data on one of the channels of an answer, and its end.
func onBand(channel byte, data []byte) []byte {
	return append(append(fmt.Appendf(nil, "%04x", len(data)+5), channel), append(data, "0000"...)...)
}

// FuzzPack holds what unpacks to its limit, whatever a server sends.
func FuzzPack(f *testing.F) {
	base := packed{kind: plumbing.BlobObject, data: make([]byte, 1<<16)}
	f.Add(packOf(base, packed{kind: plumbing.OFSDeltaObject, back: len(base.bytes()), data: repeats(2)}))
	f.Add(packOf(packed{kind: plumbing.TreeObject, data: []byte("100644 f\x0012345678901234567890")}, packed{kind: plumbing.BlobObject}))
	f.Add(packOf(packed{kind: plumbing.REFDeltaObject, data: repeats(1)}))
	f.Fuzz(func(t *testing.T, pack []byte) {
		if len(pack) > 20 { // a wrong sum at the end would be all that is ever found
			sum := sha1.Sum(pack[:len(pack)-20]) //nolint:gosec // as above
			copy(pack[len(pack)-20:], sum[:])
		}
		store, err := unpack(t.Context(), pack, 1<<20)
		if err != nil {
			return
		}
		all, err := store.storage.IterEncodedObjects(plumbing.AnyObject)
		ok(t, err)
		var total int64
		ok(t, all.ForEach(func(o plumbing.EncodedObject) error { total += o.Size(); return nil }))
		if total > 1<<20 {
			t.Fatalf("%d bytes of %d came out", total, len(pack))
		}
	})
}

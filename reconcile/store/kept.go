package store

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// A snapshot is a file of JSON values, compressed: the snapshot without its items, each item, and a last
// one with their number, without which the file is not whole.
type ending struct {
	Items *int `json:"items"`
}

// Keep writes the snapshot of a peer, item by item: it takes the memory of one. It is there whole, for good,
// when Keep returns, or else not at all.
func (r *Run) Keep(s plan.Snapshot, items iter.Seq[plan.Kept]) error {
	dir := r.history.of(r.ID)
	err := writeStream(filepath.Join(dir, peerFile(s.Serial)), zipped(func(e *json.Encoder) error {
		if err := e.Encode(s); err != nil {
			return err
		}
		n := 0
		for item := range items {
			if err := e.Encode(item); err != nil {
				return fmt.Errorf("%s: %w", item.Key, err)
			}
			n++
		}
		return e.Encode(ending{&n})
	}))
	return errors.Join(err, syncDir(dir))
}

// peerFile is named by a hash: a serial may have any characters, and any length.
func peerFile(serial string) string {
	hash := sha256.Sum256([]byte(serial))
	return hex.EncodeToString(hash[:16]) + ".gz"
}

// Snapshot returns what is kept of a peer, and whether anything is.
func (h *History) Snapshot(id int, serial string) (plan.Snapshot, bool, error) {
	s, err := readSnapshot(filepath.Join(h.of(id), peerFile(serial)))
	if errors.Is(err, fs.ErrNotExist) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("read what peer %s held before run %d: %w; it cannot be put back from there", serial, id, err)
	}
	return s, true, nil
}

// Serials returns the peers of which something is kept, in order.
func (h *History) Serials(id int) ([]string, error) {
	files, err := os.ReadDir(h.of(id))
	if err != nil {
		return nil, fmt.Errorf("read run %d: %w", id, err)
	}
	var serials []string
	for _, file := range files {
		name := file.Name()
		if !strings.HasSuffix(name, ".gz") || name == reportFile {
			continue
		}
		var s plan.Snapshot
		if err := unzip(filepath.Join(h.of(id), name), func(d *json.Decoder) error { return d.Decode(&s) }); err != nil {
			return nil, fmt.Errorf("read run %d: %s: %w", id, name, err)
		}
		serials = append(serials, s.Serial)
	}
	slices.SortFunc(serials, schema.CompareSerials)
	return serials, nil
}

func readSnapshot(name string) (s plan.Snapshot, err error) {
	err = unzip(name, func(d *json.Decoder) error {
		if err := d.Decode(&s); err != nil {
			return err
		}
		for {
			var next struct {
				plan.Kept
				ending
			}
			if err := d.Decode(&next); err != nil {
				return err
			}
			if next.Items != nil {
				return next.matches(len(s.Items), d)
			}
			s.Items = append(s.Items, next.Kept)
		}
	})
	return s, err
}

// matches wants as many items as there were, and nothing after them, so that the checksum is read too.
func (e ending) matches(items int, d *json.Decoder) error {
	if *e.Items != items {
		return fmt.Errorf("it has %d items, and should have %d", items, *e.Items)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.Join(errors.New("it does not end where it should"), err)
	}
	return nil
}

// zipped writes JSON values, compressed.
func zipped(write func(*json.Encoder) error) func(io.Writer) error {
	return func(w io.Writer) error {
		buffered := bufio.NewWriter(w)
		zip := gzip.NewWriter(buffered)
		err := write(json.NewEncoder(zip))
		return errors.Join(err, zip.Close(), buffered.Flush())
	}
}

func unzip(name string, read func(*json.Decoder) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	zip, err := gzip.NewReader(bufio.NewReader(f))
	if err == nil {
		err = read(json.NewDecoder(zip))
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it is cut off")
	}
	return errors.Join(err, f.Close())
}

package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"github.com/gitops-reconciler/reconciler/reconcile/lease"
	"github.com/gitops-reconciler/reconciler/reconcile/plan"
)

// Snapshot is a state as it was at one moment, for commands that only look. It holds no lock.
type Snapshot struct {
	key   []byte
	peers map[[2]string]raw
	runs  map[string]json.RawMessage

	applied map[string]json.RawMessage
	ledgers map[string]lease.Ledger
	deals   map[string]json.RawMessage
	spent   map[string]json.RawMessage
}

// Read takes a snapshot of the state in dir. It returns ErrNone where there is none, and a *LockedError
// while another process owns it for longer than wait.
func Read(dir string, wait time.Duration) (*Snapshot, error) {
	// A file without a byte is one whose first owner was stopped before it wrote anything.
	if info, err := os.Stat(filepath.Join(dir, fileName)); os.IsNotExist(err) || err == nil && info.Size() == 0 {
		return nil, ErrNone
	}
	return read(dir, dir, wait)
}

// ReadCopy takes a snapshot of a copy that the owner of the state in dir made of it (see Store.Copy).
func ReadCopy(dir string, copied io.Reader) (s *Snapshot, err error) {
	temporary, err := os.MkdirTemp("", "reconciler-state-")
	if err != nil {
		return nil, fmt.Errorf("copy the state: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	err = writeStream(filepath.Join(temporary, fileName), func(w io.Writer) error {
		_, err := io.Copy(w, copied)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("copy the state: %w", err)
	}
	return read(temporary, dir, 0)
}

// read reads the file of one directory, and the key of the state in dir.
func read(from, dir string, wait time.Duration) (*Snapshot, error) {
	db, err := openDatabase(from, wait, true)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{peers: map[[2]string]raw{}}
	err = db.view(s.copy)
	if closed := db.close(); err == nil {
		err = closed
	}
	if err == nil {
		s.key, err = s.findKey(dir)
	}
	switch {
	case errors.Is(err, ErrNone):
		return nil, ErrNone
	case err != nil:
		return nil, fmt.Errorf("read state %s: %w", dir, err)
	}
	return s, nil
}

// findKey returns the key of the state. One whose key was taken away is as good as before, but for its
// secrets: no secret matches a mark under a new key.
func (s *Snapshot) findKey(dir string) ([]byte, error) {
	key, err := readKey(dir)
	switch {
	case !errors.Is(err, fs.ErrNotExist):
		return key, err
	case len(s.peers) == 0:
		return nil, ErrNone // its first owner was stopped before it wrote anything
	default:
		return newKey(), nil
	}
}

func (s *Snapshot) copy(tx *bbolt.Tx) error {
	if err := checkFormat(tx); err != nil {
		return err
	}
	s.runs, s.applied, s.spent = documents(tx, runsBucket), documents(tx, appliedBucket), documents(tx, spentBucket)
	if err := s.copyLedgers(tx); err != nil {
		return err
	}
	clusters := tx.Bucket([]byte(peersBucket))
	if clusters == nil {
		return nil
	}
	return clusters.ForEachBucket(func(cluster []byte) error {
		return clusters.Bucket(cluster).ForEachBucket(func(serial []byte) error {
			s.peers[[2]string{string(cluster), string(serial)}] = rawPeer(tx, string(cluster), string(serial))
			return nil
		})
	})
}

// Key is the secret key under which the state remembers secrets.
func (s *Snapshot) Key() []byte { return s.key }

// Recall is Store.Recall.
func (s *Snapshot) Recall(cluster, serial string) (plan.Memory, error) {
	memory, err := recall(s.peers[[2]string{cluster, serial}])
	if err != nil {
		return plan.Memory{}, fmt.Errorf("recall peer %s: %w", serial, err)
	}
	return memory, nil
}

// Settled is Store.Settled.
func (s *Snapshot) Settled(cluster, serial string) (instance string, as plan.Settled, err error) {
	peer := s.peers[[2]string{cluster, serial}]
	instance, as, err = seen{peer.instance, peer.settled, len(peer.intents) > 0}.settled()
	if err != nil {
		return "", plan.Settled{}, fmt.Errorf("recall peer %s: %w", serial, err)
	}
	return instance, as, nil
}

// LastRun reads the report of the cluster's last run into report, and tells whether there was one.
func (s *Snapshot) LastRun(cluster string, report any) (bool, error) {
	data, ok := s.runs[cluster]
	if !ok {
		return false, nil
	}
	return true, json.Unmarshal(data, report)
}

// Applied is Store.Applied.
func (s *Snapshot) Applied() (map[string]json.RawMessage, error) { return s.applied, nil }

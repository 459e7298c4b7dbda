package node

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// digest is the XOR of the hashes of a set of items. As XOR is its own
// inverse and has no order, toggling an item adds it if it was not in the set
// and takes it out if it was, and any history of a set ends in the same digest.
type digest [sha256.Size]byte

// toggle needs the canonical body: one item has one hash.
func (d *digest) toggle(id string, body []byte) {
	h := sha256.New()
	// The length keeps ("ab", "c") and ("a", "bc") apart.
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(id))))
	h.Write([]byte(id))
	h.Write(body)
	for i, b := range h.Sum(nil) {
		d[i] ^= b
	}
}

// MarshalText makes a digest 64 hex digits in JSON.
func (d digest) MarshalText() ([]byte, error) {
	return hex.AppendEncode(nil, d[:]), nil
}

// UnmarshalText reads what MarshalText wrote.
func (d *digest) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != len(d) {
		return fmt.Errorf("digest %q: want %d hex digits", text, 2*len(d))
	}
	copy(d[:], raw)
	return nil
}

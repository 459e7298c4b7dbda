package node

import (
	"bytes"
	"fmt"
	"net/http"
)

// page is a part of a listing on its way out. Items go over the wire as they
// are stored, with their ids in front: to decode them and encode them again
// would cost more than all else about a listing.
type page struct {
	items bytes.Buffer
	next  string
}

// storedPrefix is how a record begins.
const storedPrefix = `{"revision":`

func (p *page) add(id string, value []byte) error {
	if !bytes.HasPrefix(value, []byte(storedPrefix)) {
		return fmt.Errorf("read %q: it is no item", id)
	}
	name, err := encode(id)
	if err != nil {
		return err
	}
	if p.items.Len() > 0 {
		p.items.WriteByte(',')
	}
	p.items.WriteString(`{"id":`)
	p.items.Write(name)
	p.items.WriteByte(',')
	p.items.Write(value[1:])
	return nil
}

func (p *page) reply(w http.ResponseWriter) error {
	end := "]}\n"
	if p.next != "" {
		name, err := encode(p.next)
		if err != nil {
			return err
		}
		end = `],"next":` + string(name) + "}\n"
	}
	w.Header().Set("Content-Type", "application/json")
	// Nobody is left to be told that the client has gone.
	_, _ = w.Write([]byte(`{"items":[`))
	_, _ = p.items.WriteTo(w)
	_, _ = w.Write([]byte(end))
	return nil
}

package node

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"

	bolterrors "go.etcd.io/bbolt/errors"
)

// component is the health of one part of the node.
type component struct {
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
}

type components struct {
	OK         bool                 `json:"ok"`
	Components map[string]component `json:"components"`
}

// getComponents answers 503 where a part is not well, so that a probe need
// not read the body.
func (n *Node) getComponents(w http.ResponseWriter, _ *http.Request) error {
	parts := n.parts()
	all := components{OK: true, Components: parts}
	code := http.StatusOK
	for _, part := range parts {
		if !part.OK {
			all.OK, code = false, http.StatusServiceUnavailable
		}
	}
	reply(w, code, all)
	return nil
}

// Ails is what is wrong with each part of the node, by its name; "": nothing.
func (n *Node) Ails() map[string]string {
	ails := map[string]string{}
	for name, part := range n.parts() {
		ails[name] = part.Detail
	}
	return ails
}

func (n *Node) parts() map[string]component {
	parts := map[string]component{"store": n.disk.component(), "schedule": n.clock.component()}
	if n.options.Leases != nil {
		parts["leases"] = leasesComponent(n.options.Leases.Tenure())
	}
	return parts
}

// leasesComponent is well unless something may run that should not.
func leasesComponent(t Tenure, err error) component {
	if err != nil {
		return component{Detail: err.Error()}
	}
	var late []string
	for place, tenant := range t.Places {
		if tenant.State == "stopping" && tenant.Until < t.Now {
			late = append(late, place.String())
		}
	}
	if len(late) > 0 {
		slices.Sort(late)
		return component{Detail: "not stopped in time: " + strings.Join(late, ", ")}
	}
	return component{OK: true}
}

// disk remembers how the last write to the file went.
type disk struct {
	mu     sync.Mutex
	failed error
}

// note is told the error of each write; a refusal says nothing about the file.
func (d *disk) note(err error) {
	if _, refused := errors.AsType[*refusal](err); refused {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed = err
}

func (d *disk) component() component {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed != nil {
		return component{Detail: fmt.Sprintf("the last write failed, and stored nothing: %v", d.failed)}
	}
	return component{OK: true}
}

// noRoom tells a full disk, a used-up quota and a limit on the file's size
// from other errors. It also looks at the text: bbolt does not wrap all errors.
func noRoom(err error) bool {
	return slices.ContainsFunc([]error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, bolterrors.ErrMaxSizeReached}, func(room error) bool {
		return errors.Is(err, room) || strings.HasSuffix(err.Error(), ": "+room.Error())
	})
}

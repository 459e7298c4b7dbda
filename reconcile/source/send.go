package source

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
)

// maxReport is the most bytes that a server may say of a push.
const maxReport = 1 << 20

// send pushes the commit, if the branch still ends where it was seen to.
func (p *push) send(ctx context.Context) (done bool, err error) {
	c, err := p.at.wire.talk(ctx, receivePack)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	refs, err := hello(c)
	if err != nil {
		return false, err
	}
	request, err := p.request(refs)
	if err != nil {
		return false, err
	}
	// An answer that got lost says nothing of the push, so the references have the word here too.
	answer, err := c.ask(request)
	if err == nil {
		err = report(answer)
	}
	if p.rejected = err; err != nil {
		return false, nil
	}
	p.at.own = exported{p.sent, p.tree}
	return true, nil
}

// request is the update of one reference, which is to be refused if that is elsewhere by now, and a pack.
func (p *push) request(refs *packp.AdvRefs) ([]byte, error) {
	hashes := []plumbing.Hash{p.sent}
	for h := range p.store.Trees {
		hashes = append(hashes, h)
	}
	for h := range p.store.Blobs {
		hashes = append(hashes, h)
	}
	var pack, encoded bytes.Buffer
	if _, err := packfile.NewEncoder(&pack, p.store, false).Encode(hashes, 0); err != nil {
		return nil, err
	}
	request := packp.NewReferenceUpdateRequestFromCapabilities(refs.Capabilities)
	request.Commands = []*packp.Command{{
		Name: plumbing.NewBranchReferenceName(p.export.Branch), Old: p.from, New: p.sent,
	}}
	request.Packfile = io.NopCloser(&pack)
	err := request.Encode(&encoded)
	return encoded.Bytes(), err
}

// report is what the server says came of it; nil is the word of a server that it is done.
func report(answer io.Reader) error {
	said := packp.NewReportStatus()
	if err := said.Decode(&capped{answer, maxReport}); err != nil {
		return errors.New(brief(err.Error()))
	}
	if err := said.Error(); err != nil {
		return errors.New(brief(err.Error()))
	}
	return nil
}

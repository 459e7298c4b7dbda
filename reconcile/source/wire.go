package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
)

// The two programs that a Git server has.
const (
	uploadPack  = "git-upload-pack"
	receivePack = "git-receive-pack"
)

// maxRefs is the most bytes that a server may use to name its references: about a million of them.
const maxRefs = 64 << 20

var errTooMuch = errors.New("too large to be held in memory")

// wire leads to a Git server. What it says in errors holds no credentials.
type wire interface {
	// talk begins a conversation with one of the server's programs, which ends with ctx.
	talk(ctx context.Context, program string) (conversation, error)
	close()
}

// conversation is what the server says first, the references that it has, and at most one question with its
// answer.
type conversation interface {
	refs() io.Reader
	ask(request []byte) (io.Reader, error)
	io.Closer
}

// hello reads which references the server has.
func hello(c conversation) (*packp.AdvRefs, error) {
	refs := packp.NewAdvRefs()
	err := refs.Decode(&capped{c.refs(), maxRefs})
	if errors.Is(err, packp.ErrEmptyAdvRefs) {
		err = nil // it has none, which is no error yet
	}
	// A thin pack leaves out what we are taken to have, and we have nothing.
	refs.Capabilities.Delete(capability.ThinPack)
	return refs, err
}

// receive asks for one commit without its history.
func receive(ctx context.Context, c conversation, refs *packp.AdvRefs, h plumbing.Hash, limit int64) (*stored, error) {
	pack, err := download(c, refs, h, limit)
	if errors.Is(err, errTooMuch) {
		err = tooMuch(limit)
	}
	if err != nil {
		return nil, err
	}
	return unpack(ctx, pack, limit)
}

func download(c conversation, refs *packp.AdvRefs, h plumbing.Hash, limit int64) ([]byte, error) {
	if !offers(refs, h) {
		return nil, fmt.Errorf("no branch ends at commit %s any more; ask for its head again", h)
	}
	request, encoded, err := wanted(refs, h)
	if err != nil {
		return nil, err
	}
	answer, err := c.ask(encoded)
	if err != nil {
		return nil, err
	}
	response := packp.NewUploadPackResponse(request)
	// Beside the pack there is little more than the numbers of its channel.
	if err := response.Decode(io.NopCloser(&capped{answer, limit + limit/8 + 1<<20})); err != nil {
		return nil, err
	}
	return io.ReadAll(&capped{unmixed(request.Capabilities, response), limit})
}

// offers says whether the server gives a commit: one that a reference names, or with some servers any.
func offers(refs *packp.AdvRefs, h plumbing.Hash) bool {
	if refs.Capabilities.Supports(capability.AllowReachableSHA1InWant) {
		return true
	}
	for _, tip := range refs.References {
		if tip == h {
			return true
		}
	}
	return refs.Head != nil && *refs.Head == h
}

func wanted(refs *packp.AdvRefs, h plumbing.Hash) (*packp.UploadPackRequest, []byte, error) {
	request := packp.NewUploadPackRequestFromCapabilities(refs.Capabilities)
	request.Wants = []plumbing.Hash{h}
	var err error
	if refs.Capabilities.Supports(capability.Shallow) {
		request.Depth = packp.DepthCommits(1)
		err = request.Capabilities.Set(capability.Shallow)
	}
	if refs.Capabilities.Supports(capability.NoProgress) {
		err = errors.Join(err, request.Capabilities.Set(capability.NoProgress))
	}
	var encoded bytes.Buffer
	err = errors.Join(err, request.UploadRequest.Encode(&encoded), pktline.NewEncoder(&encoded).EncodeString("done\n"))
	return request, encoded.Bytes(), err
}

// unmixed takes the pack out of an answer that may have other channels beside it.
func unmixed(l *capability.List, answer io.Reader) io.Reader {
	switch {
	case l.Supports(capability.Sideband64k):
		return sideband.NewDemuxer(sideband.Sideband64k, answer)
	case l.Supports(capability.Sideband):
		return sideband.NewDemuxer(sideband.Sideband, answer)
	}
	return answer
}

// capped reads until there is more than what may still come.
type capped struct {
	io.Reader
	left int64 // bytes
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, errTooMuch
	}
	return n, err
}

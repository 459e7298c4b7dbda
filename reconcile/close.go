package reconcile

// closer is a Provider that holds something while it is open: connections that are kept for the next
// request.
type closer interface {
	Close()
}

// Close lets go of what the providers of a round hold. The plan stays good to look at.
func (round *Round) Close() {
	for _, peer := range round.peers {
		release(peer.provider)
	}
}

// release closes a provider that can be closed; nil is none.
func release(p Provider) {
	if held, ok := p.(closer); ok {
		held.Close()
	}
}

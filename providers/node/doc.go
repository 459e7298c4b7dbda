// Package node is the reference node: a small HTTP server that keeps items by
// kind in one file, as an integration server keeps its own configuration.
//
// It exists so that the reconciler can be tried, tested and measured against
// nodes that behave exactly as written here. Every write gives the node a
// revision, and every kind has a digest by which two nodes are compared
// without reading their items.
//
// It must not know what an item means: a body is any JSON object, and schemas,
// references between items, sharing and roles are the reconciler's affair. It
// never calls another server, and it must not import the reconciler.
//
// # The API
//
// Requests and answers are JSON. A refusal is {"error": "a sentence"}. HEAD works
// wherever GET does.
//
//	GET    /v1/health                  {"ok": true}; the only path that needs no token
//	GET    /v1/status                  the node, and of each kind its count, revision and digest
//	GET    /v1/kinds/{kind}/items      a page of items: ?after=ID (exclusive), ?limit=N (500, at most 1000)
//	GET    /v1/kinds/{kind}/items/{id} the item, its revision also as ETag
//	PUT    /v1/kinds/{kind}/items/{id} creates (201) or replaces (200) the item; the body is the item's body
//	DELETE /v1/kinds/{kind}/items/{id} removes the item (204)
//
//	400  bad kind, bad id, bad limit, or a body that is not one JSON object; the error says which
//	401  the node has a token and the request does not bear it
//	404  no such item, or no such path
//	405  the path does not have this method; Allow lists those it has
//	412  If-Match or If-None-Match does not hold; both work on PUT and DELETE
//	413  the body is over 1 MiB
//	500  the file could not be read or written
//
// An item is
//
//	{"id": "a", "revision": 17, "body": {...}}
//
// a page is
//
//	{"items": [...], "next": "z"}
//
// ordered by the bytes of the id; next is the last id of the page and is there
// only if more follow. A page may hold fewer items than its limit, because it
// also ends at 8 MiB. And the status is
//
//	{"api": "1", "name": "n1", "instance": "...", "version": "...",
//	 "started": "2026-01-02T03:04:05Z", "revision": 17,
//	 "kinds": {"host": {"count": 3, "revision": 17, "digest": "<64 hex digits>"}}}
//
// The instance is minted with the file and stays for as long as the file does:
// another instance under the same address is another node.
//
// # Names
//
// A kind is [a-z][a-zA-Z0-9-]{0,63}. An id is 1 to 255 bytes of UTF-8 without
// control characters; in a path it is percent-escaped, though a / that stands
// between other characters need not be. The ids "." and ".." are refused,
// because a URL cannot carry them safely, and so is every path with an empty or
// a dot segment.
//
// # Bodies
//
// A body is kept in canonical form: keys sorted, no white space, numbers
// exactly as they were written. A PUT of what is already stored changes
// nothing, not even the revision. What could not be given back as it came is
// refused: a key that occurs twice, text that is not Unicode, and nesting
// deeper than 1000.
//
// # Revisions and digests
//
// The node's revision rises by one with each write; an item's and a kind's is
// that of their last write, and for a kind a removal is one. The digest of a
// kind is the XOR, over its items, of
//
//	SHA-256(length of id as 8 bytes, big-endian; id; canonical body)
//
// so it depends on the items alone and not on how they came about; that of no
// items is 64 zeros. It detects accidents and drift. It is no defence against
// someone who chooses bodies in order to make digests collide.
package node

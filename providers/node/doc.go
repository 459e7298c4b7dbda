// Package node is the reference node: a small HTTP server that keeps items by
// kind in one file, as an integration server keeps its own configuration.
//
// It exists so that the reconciler can be tried, tested and measured against
// nodes that behave exactly as written here. Every write gives the node a
// revision, and every kind has a digest by which two nodes are compared
// without reading their items.
//
// It must not know what an item means: a body is any JSON object, and schemas,
// references between items, sharing and roles are the reconciler's affair. Of
// the kind "schedule" alone it reads four fields, to say when it would run what.
// It never calls another server, and it must not import the reconciler.
//
// # The API
//
// openapi.json beside this file has its shape, for programs. Requests and
// answers are JSON. A refusal is {"error": "a sentence"}. HEAD works
// wherever GET does.
//
//	GET    /v1/health                  {"ok": true}; the only path that needs no token
//	GET    /v1/status                  the node, and of each kind its count, revision and digest
//	GET    /v1/components              the health of its parts; 503 if one is not well
//	GET    /v1/roles                   what it holds of the places that were granted to it
//	PUT    /v1/roles/{role}/{number}   grants it a place for a while (204)
//	POST   /v1/roles/{role}/{number}/revoke takes a place away; answers what /v1/roles does
//	GET    /v1/fires                   when schedules fired: ?after=NUMBER (exclusive)
//	GET    /v1/kinds/{kind}/items      a page of items: ?after=ID (exclusive), ?limit=N (500, at most 1000)
//	GET    /v1/kinds/{kind}/items/{id} the item, its revision also as ETag
//	POST   /v1/kinds/{kind}/items      writes and removes many items of a kind
//	PUT    /v1/kinds/{kind}/items/{id} creates (201) or replaces (200) the item; the body is the item's body
//	DELETE /v1/kinds/{kind}/items/{id} removes the item (204)
//
//	400  bad kind, bad id, bad limit, or a body that is not one JSON object; the error says which
//	401  the node has a token and the request does not bear it
//	404  no such item, or no such path
//	     or a node that runs no leases is asked about them
//	405  the path does not have this method; Allow lists those it has
//	409  a grant or a revoke that the node's half of leases refuses
//	412  If-Match or If-None-Match does not hold; both work on PUT and DELETE
//	413  the body is over 1 MiB, or a bulk write over 16 MiB or 1000 items
//	500  the file could not be read or written
//	503  a part of the node is not well; only of /v1/components. Of leases: not yet
//	507  no room on the disk; nothing of the request was stored
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
// The status is what a comparison needs of a node that did not change, in one
// request: who it is, and of each kind a digest and a revision. A reader that
// keeps both beside a complete list of a kind need not list it again while both
// are the same. The digest alone says that the items are the same as then; the
// revision adds that they were not different in between, so that a list that
// was read between two equal statuses is the list at that status.
//
// The instance is minted with the file and stays for as long as the file does:
// another instance under the same address is another node.
//
// # Bulk writes
//
// A bulk write says of each item what a PUT or a DELETE would, and each id may
// occur once:
//
//	{"items": [{"id": "a", "body": {...}, "ifMatch": "\"17\""},
//	           {"id": "b", "body": {...}, "ifNoneMatch": "*"},
//	           {"id": "c", "delete": true}]}
//
// Items succeed or are refused one by one. The answer is 200, with the status
// of each in the order of the request, the revision of a write that succeeded,
// and the error of one that did not:
//
//	{"results": [{"id": "a", "status": 200, "revision": 18},
//	             {"id": "b", "status": 412, "error": "a sentence"},
//	             {"id": "c", "status": 204, "revision": 19}]}
//
// They reach the disk together: after a kill all that were accepted are there,
// or none is. A request that cannot be understood, or that meets a full disk,
// stores nothing.
//
// # Schedules
//
// An item of the kind "schedule" fires at the minutes that its cron (five
// fields, UTC) has, unless its enabled is false. With an every, a duration, it
// fires at the multiples of that instead, which is for tests. With a role it
// fires only for times at which the node holds a place of that role, and the
// fire says so ("role", "epoch"). The node does not carry out
// what such an item commands. It remembers the last 1000 fires since it was
// opened, and logs them:
//
//	{"fires": [{"number": 1, "schedule": "a", "revision": 17,
//	            "due": "2026-01-02T12:00:00Z", "at": "2026-01-02T12:00:00.01Z"}],
//	 "last": 1}
//
// A schedule whose cron cannot be read, or never comes up, or that has a role on
// a node without leases, is accepted like any
// other item, and named by /v1/components until it is mended. The components
// are
//
//	{"ok": false, "components": {"store": {"ok": true},
//	  "schedule": {"ok": false, "detail": "schedules that cannot run: ..."}}}
//
// # Leases
//
// A node holds a place of a role only while it is granted, on its own clock:
//
//	{"store": "S1", "boot": "B7QX", "now": 90000000000,
//	 "places": {"scheduler/0": {"epoch": 4, "state": "active", "until": 120000000000}}}
//
// Times are nanoseconds since the machine's boot. The boot is another after
// every start of the node, and a grant names that on which it was built, so a
// late one does no harm. A body names its place as the path does. Who decides
// what a grant does is behind the interface Leases; this package only speaks
// for it, and asks it which roles are held whenever schedules fire. Where a
// place was not stopped in time /v1/components has "leases" not well.
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

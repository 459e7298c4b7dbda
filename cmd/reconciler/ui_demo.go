package main

// demoStep announces what the demo does next.
func (u *ui) demoStep(title string) {
	u.note("\n%s", paint(u.errColor, bold, "== "+title))
}

// demoNext says what can be tried while the demo's servers run.
func (u *ui) demoNext(dir, address string) {
	const command = "go run ./cmd/reconciler"
	u.note(`
%s
  %[2]s status -C %[3]s
  edit %[3]s/cluster.cue, then
  %[2]s plan  -C %[3]s
  %[2]s apply -C %[3]s
  make a server drift, then plan again:
  curl -X DELETE %[4]s/v1/kinds/folder/items/outbox
  or have all of it kept so, and the role held:
  %[2]s serve -C %[3]s, and %[2]s roles -C %[3]s
Ctrl-C ends the servers and removes the folder.`, paint(u.errColor, bold, "== The servers keep running. In another terminal, try:"), command, dir, address)
}

package rest

import (
	"strings"
	"testing"

	"github.com/gitops-reconciler/reconciler/reconcile/plan"
	"github.com/gitops-reconciler/reconciler/schema"
)

// TestABodyThatIsTooLarge is refused here, where it can be said of which item, and is not sent.
func TestABodyThatIsTooLarge(t *testing.T) {
	p := newPeer(t, setup{api: `{"largest": 100}`}, say(200, okThing))
	body := func(n int) schema.Body { return schema.Body{"x": strings.Repeat("a", n)} }
	failed(t, p.write(t, plan.Update, "thing", body(100)), schema.Rejected, "update thing/a", "a product takes 100 at most: make the item smaller")
	if got := p.count(""); got != 0 {
		t.Errorf("asked %d times", got)
	}
	if err := p.write(t, plan.Update, "thing", body(100-len(`{"name":"a","x":""}`))); err != nil {
		t.Errorf("just small enough: %v", err)
	}
}

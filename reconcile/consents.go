package reconcile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/gitops-reconciler/reconciler/schema"
)

// consents are what a user has agreed to for one plan.
type consents struct {
	takeOver []string
	replace  []*regexp.Regexp // of KIND/ID
}

// consents reads the options. A consent to what there is not is an error: whoever gives it means something
// else.
func (o PlanOptions) consents(c *schema.Cluster) (consents, error) {
	agreed := consents{takeOver: o.TakeOver}
	for _, serial := range o.TakeOver {
		if !slices.Contains(c.Serials(), serial) {
			return agreed, fmt.Errorf("--take-over %s: there is no such peer%s", serial, near(serial, c.Serials()))
		}
	}
	for _, glob := range o.Replace {
		kind, _, ok := strings.Cut(glob, "/")
		if !ok {
			return agreed, fmt.Errorf("--replace %s: want KIND/ID, as in host/globex or host/*", glob)
		}
		if !slices.ContainsFunc(kinds(c), matcher(kind).MatchString) {
			return agreed, fmt.Errorf("--replace %s: there is no such kind; the kinds are %s", glob, strings.Join(kinds(c), ", "))
		}
		agreed.replace = append(agreed.replace, matcher(glob))
	}
	return agreed, nil
}

// matcher is a glob in which * is any text, a slash too: ids may have some. What is no UTF-8 on the command line
// matches no id, and must not be compiled.
func matcher(glob string) *regexp.Regexp {
	glob = strings.ToValidUTF8(glob, "\uFFFD")
	return regexp.MustCompile(`(?s)^` + strings.ReplaceAll(regexp.QuoteMeta(glob), `\*`, `.*`) + `$`)
}

func kinds(c *schema.Cluster) []string { return slices.Sorted(maps.Keys(c.Provider.Kinds)) }

func (c consents) takesOver(serial string) bool { return slices.Contains(c.takeOver, serial) }

func (c consents) replaces(key schema.Key) bool {
	return slices.ContainsFunc(c.replace, func(glob *regexp.Regexp) bool { return glob.MatchString(key.String()) })
}

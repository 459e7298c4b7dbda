package fleet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Machines are network namespaces: one for the controller, with a switch in it, and one for each node, on a wire to that.
// So what is lost is lost by the kernel, whoever sends it. It takes Linux, iproute2 and an administrator.
type Machines struct {
	name    string // before the serial, of a node's namespace; of the controller's, alone
	serials []string
}

// The addresses are of the network for measurements (RFC 2544), and of nobody else's in these namespaces.
const (
	controllerAt = "198.18.0.1"
	nowhere      = "02:00:00:00:00:ff" // no machine's
)

// NewMachines makes them. Close takes them away. An error is that this machine does not allow them.
func NewMachines(ctx context.Context, serials ...string) (*Machines, error) {
	m := &Machines{name: "fleet-" + strings.ToLower(rand.Text()[:6]), serials: serials}
	err := each(ctx,
		"netns add "+m.name,
		"-n "+m.name+" link set lo up",
		"-n "+m.name+" link add switch type bridge",
		"-n "+m.name+" addr add "+controllerAt+"/24 dev switch",
		"-n "+m.name+" link set switch up")
	for _, serial := range serials {
		if err == nil {
			err = m.plug(ctx, serial)
		}
	}
	if err == nil {
		err = each(ctx, "netns exec "+m.name+" true") // a container may let us make them, and not use them
	}
	if err != nil {
		_ = m.Close() // some of it is not there
		return nil, err
	}
	return m, nil
}

// plug makes the machine of a node, and its wire.
func (m *Machines) plug(ctx context.Context, serial string) error {
	node := m.of(serial)
	return each(ctx,
		"netns add "+node,
		"-n "+node+" link set lo up",
		"-n "+m.name+" link add n"+serial+" type veth peer name wire netns "+node,
		"-n "+m.name+" link set n"+serial+" master switch up",
		"-n "+node+" addr add "+m.at(serial)+"/24 dev wire",
		"-n "+node+" link set wire up")
}

// Close takes the namespaces away. What runs in them has to have ended.
func (m *Machines) Close() error {
	var all error
	for _, name := range append([]string{m.name}, m.nodes()...) {
		all = errors.Join(all, each(context.Background(), "netns del "+name))
	}
	return all
}

// Unplug takes a node's wire out, or puts it in again.
func (m *Machines) Unplug(ctx context.Context, serial string, out bool) error {
	return each(ctx, "-n "+m.name+" link set n"+serial+" "+map[bool]string{true: "down", false: "up"}[out])
}

// Partition takes all wires out at the controller, or puts them in again.
func (m *Machines) Partition(ctx context.Context, out bool) error {
	return each(ctx, "-n "+m.name+" link set switch "+map[bool]string{true: "down", false: "up"}[out])
}

// LoseRequests has nothing of the controller's arrive at a node; what the node sends does.
func (m *Machines) LoseRequests(ctx context.Context, serial string, lost bool) error {
	return m.lose(ctx, m.name, m.at(serial), "switch", lost)
}

// LoseAnswers has nothing of a node's arrive at the controller; what that sends does.
func (m *Machines) LoseAnswers(ctx context.Context, serial string, lost bool) error {
	return m.lose(ctx, m.of(serial), controllerAt, "wire", lost)
}

// lose has what is sent to an address go to a machine that there is not, in silence.
func (m *Machines) lose(ctx context.Context, in, to, by string, lost bool) error {
	if !lost {
		return each(ctx, "-n "+in+" neigh del "+to+" dev "+by)
	}
	return each(ctx, "-n "+in+" neigh replace "+to+" lladdr "+nowhere+" nud permanent dev "+by)
}

func (m *Machines) of(serial string) string { return m.name + "-" + serial }

func (m *Machines) nodes() (names []string) {
	for _, serial := range m.serials {
		names = append(names, m.of(serial))
	}
	return names
}

// at is a node's address.
func (m *Machines) at(serial string) string {
	return fmt.Sprintf("198.18.0.%d", 2+slices.Index(m.serials, serial))
}

// on runs a command on a machine: the process becomes the program.
func on(machine string, cmd []string) []string {
	return append([]string{"ip", "netns", "exec", machine}, cmd...)
}

// ahead runs a command where the clocks that count from the machine's start (which leases go by) are ahead.
func ahead(by time.Duration, cmd []string) []string {
	if by == 0 {
		return cmd
	}
	seconds := strconv.Itoa(int(by.Seconds()))
	return append([]string{"unshare", "--time", "--boottime", seconds, "--monotonic", seconds, "--fork", "--kill-child", "--"}, cmd...)
}

// Skews tells whether this machine lets clocks be ahead: an error says why not.
func Skews(ctx context.Context) error {
	cmd := ahead(time.Hour, []string{"true"})
	if out, err := exec.CommandContext(ctx, cmd[0], cmd[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(cmd, " "), err, out)
	}
	return nil
}

// each gives ip one command after the other, up to the first that fails.
func each(ctx context.Context, commands ...string) error {
	for _, command := range commands {
		if out, err := exec.CommandContext(ctx, "ip", strings.Fields(command)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", command, err, out)
		}
	}
	return nil
}

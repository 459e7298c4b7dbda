package testserver

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a running program with one goroutine that owns it and ends with it.
type process struct {
	cmd *exec.Cmd
	// done is closed when the program has ended and was waited for; err is set before.
	done chan struct{}
	err  error
}

// startProcess starts cmd so that it dies with this process, also when this process is
// killed (on Linux; elsewhere only Stop and Kill end it).
func startProcess(cmd *exec.Cmd) (*process, error) {
	cmd.SysProcAttr = dieWithParent()
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go p.own(started)
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// own keeps its thread for as long as the program runs: Linux sends the death signal when
// the thread that forked ends, and Go ends a thread when a goroutine locked to it does.
func (p *process) own(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.done)

	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.err = p.cmd.Wait()
}

func (p *process) exited() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// exit says how the program ended; it may be called only after done.
func (p *process) exit() error {
	if p.err != nil {
		return fmt.Errorf("it ended: %w", p.err)
	}
	return errors.New("it ended of its own accord")
}

// stop asks the program to end, and kills it when it has not done so after patience.
func (p *process) stop(patience time.Duration) error {
	if p.exited() {
		return p.exit()
	}
	// The error says that it ended just now, or that the platform has no such signal:
	// waiting and killing are right for both.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.done:
		return p.err
	case <-timer.C:
		p.kill()
		return fmt.Errorf("still running %s after the signal, killed", patience)
	}
}

func (p *process) kill() {
	// The error can only say that it has ended already.
	_ = p.cmd.Process.Kill()
	<-p.done
}

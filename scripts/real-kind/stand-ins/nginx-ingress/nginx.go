package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	configFile = "/etc/nginx/nginx.conf"
	secrets    = "/etc/nginx/secrets"
	socket     = "/var/lib/nginx/config-version.sock"
)

// The real NGINX, as a child.
type nginx struct {
	command *exec.Cmd
	ended   chan error
	last    []byte
	version int
	client  http.Client

	reloads, failures, lastMilliseconds atomic.Int64
	lastOK                              atomic.Bool
}

func newNginx() *nginx {
	dial := func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", socket) }
	transport := &http.Transport{DialContext: dial, DisableKeepAlives: true}
	return &nginx{ended: make(chan error, 1), client: http.Client{Transport: transport, Timeout: time.Second}}
}

func (n *nginx) start() error {
	n.command = exec.Command("nginx", "-c", configFile, "-e", "stderr")
	n.command.Stdout, n.command.Stderr = os.Stdout, os.Stderr
	if err := n.command.Start(); err != nil {
		return err
	}
	go func() { n.ended <- n.command.Wait() }()
	return nil
}

// Writes the configuration and has NGINX take it: old workers finish what they have, new ones take what comes. Returns
// when a new worker has answered. What NGINX refuses stays out: it goes on with what it has.
func (n *nginx) apply(c config) error {
	c.Version = 0
	same, err := c.render()
	if err != nil || (bytes.Equal(same, n.last) && n.lastOK.Load()) {
		return err
	}
	n.version++
	c.Version = n.version
	text, err := c.render()
	if err != nil {
		return err
	}
	began := time.Now()
	if err = n.take(text); err != nil {
		n.failures.Add(1)
		n.lastOK.Store(false)
		return err
	}
	n.last = same
	n.lastOK.Store(true)
	n.lastMilliseconds.Store(time.Since(began).Milliseconds())
	n.reloads.Add(1)
	log.Printf("configuration %d: %d hosts, %d upstreams, taken in %v", n.version, len(c.Servers), len(c.Upstreams), time.Since(began).Round(time.Millisecond))
	return nil
}

func (n *nginx) take(text []byte) error {
	if err := os.WriteFile(configFile+".new", text, 0o600); err != nil {
		return err
	}
	if n.command != nil {
		if said, err := exec.Command("nginx", "-t", "-q", "-e", "stderr", "-c", configFile+".new").CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, said)
		}
	}
	if err := os.Rename(configFile+".new", configFile); err != nil {
		return err
	}
	if n.command == nil {
		if err := n.start(); err != nil {
			return err
		}
	} else if err := n.command.Process.Signal(syscall.SIGHUP); err != nil {
		return err
	}
	wanted := fmt.Sprint(n.version)
	for range 300 {
		if said, err := n.ask("/configVersion"); err == nil && strings.TrimSpace(said) == wanted {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("no worker of configuration %s answers", wanted)
}

func (n *nginx) ask(path string) (string, error) {
	answer, err := n.client.Get("http://nginx" + path)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	return string(said), err
}

// Lets workers finish, then ends.
func (n *nginx) quit() {
	if n.command == nil || n.command.Process.Signal(syscall.SIGQUIT) != nil {
		return
	}
	<-n.ended
}

// What holds a pod's namespaces open: waits until it is told to end. As process 1 of a shared process namespace it would
// have to collect orphans; ignoring SIGCHLD lets the kernel do that.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Ignore(syscall.SIGCHLD)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	<-stop
}

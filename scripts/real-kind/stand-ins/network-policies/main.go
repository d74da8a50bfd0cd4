// Holds one node's pods to the NetworkPolicies of the cluster, by nftables in the node's own network: what kindnet does on
// kind's own nodes, whose module no registry here has. Ingress and egress, pods, namespaces and address blocks, ports by
// number, name and range. What a policy forbids is refused at once ("administratively prohibited"), so that a client need
// not wait. Connections that are open stay open.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// Several pods change at a time: one table for all of them.
const pause = 50 * time.Millisecond

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	// Pods on one bridge meet no rules of the IP layer otherwise. kubeadm wants it, too.
	if seen, err := os.ReadFile("/proc/sys/net/bridge/bridge-nf-call-iptables"); err != nil || seen[0] != '1' {
		log.Fatalf("bridged packets pass by the rules: net.bridge.bridge-nf-call-iptables is %q, %v", seen, err)
	}
	access, err := rest.InClusterConfig()
	if err != nil {
		log.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(access)
	if err != nil {
		log.Fatal(err)
	}

	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	namespaces := factory.Core().V1().Namespaces().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()
	changed := make(chan struct{}, 1)
	tell := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { tell() },
		UpdateFunc: func(any, any) { tell() },
		DeleteFunc: func(any) { tell() },
	}
	for _, informer := range []cache.SharedIndexInformer{pods, namespaces, policies} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			log.Fatal(err)
		}
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())

	last := ""
	for {
		select {
		case <-ctx.Done():
			// Without its keeper the table would hold pods to what was true once.
			_ = load("table inet " + tableName + "\ndelete table inet " + tableName + "\n")
			return
		case <-changed:
		}
		time.Sleep(pause)
		now := render(known{
			pods:       all[*core.Pod](pods),
			namespaces: all[*core.Namespace](namespaces),
			policies:   all[*networking.NetworkPolicy](policies),
		})
		if now == last {
			continue
		}
		if err := load(now); err != nil {
			log.Print(err)
			tell()
			continue
		}
		last = now
	}
}

func all[T any](informer cache.SharedIndexInformer) []T {
	var found []T
	for _, each := range informer.GetStore().List() {
		found = append(found, each.(T))
	}
	return found
}

// One transaction: no packet meets half a table.
func load(rules string) error {
	command := exec.Command("nft", "-f", "-")
	command.Stdin = bytes.NewBufferString(rules)
	if said, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s\n%s", err, said, rules)
	}
	return nil
}

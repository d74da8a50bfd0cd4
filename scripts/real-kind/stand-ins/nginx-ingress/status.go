package main

import (
	"context"
	"errors"
	"log"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"time"

	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// Of several replicas one writes the status of Ingresses; the Lease says which. A pod that ends keeps it, as the published
// controller's do: the next one waits until it has run out.
func lead(ctx context.Context, client kubernetes.Interface, name string, leading *atomic.Bool, changed func()) {
	lock := &resourcelock.LeaseLock{
		LeaseMeta:  meta.ObjectMeta{Namespace: os.Getenv("POD_NAMESPACE"), Name: name},
		Client:     client.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: os.Getenv("POD_NAME")},
	}
	for ctx.Err() == nil {
		leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
			Lock: lock, LeaseDuration: 30 * time.Second, RenewDeadline: 15 * time.Second, RetryPeriod: 7500 * time.Millisecond,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { leading.Store(true); changed() },
				OnStoppedLeading: func() { leading.Store(false) },
			},
		})
	}
}

// The address of all Ingresses: the ConfigMap's, else that of the load balancer.
func (c *cluster) address(a arguments) []networking.IngressLoadBalancerIngress {
	if given := c.configMap(a.configMap)["external-status-address"]; given != "" {
		if net.ParseIP(given) != nil {
			return []networking.IngressLoadBalancerIngress{{IP: given}}
		}
		return []networking.IngressLoadBalancerIngress{{Hostname: given}}
	}
	var found []networking.IngressLoadBalancerIngress
	if service, there := c.service(os.Getenv("POD_NAMESPACE"), a.externalService); there && a.externalService != "" {
		for _, each := range service.Status.LoadBalancer.Ingress {
			found = append(found, networking.IngressLoadBalancerIngress{IP: each.IP, Hostname: each.Hostname})
		}
	}
	return found
}

func (c *cluster) report(ctx context.Context, a arguments, served []*networking.Ingress, refused map[*networking.Ingress]error) {
	for _, ingress := range served {
		wanted := c.address(a)
		if err := refused[ingress]; err != nil && !errors.Is(err, errPartly) {
			wanted = nil
		}
		same := slices.EqualFunc(ingress.Status.LoadBalancer.Ingress, wanted, func(x, y networking.IngressLoadBalancerIngress) bool {
			return x.IP == y.IP && x.Hostname == y.Hostname
		})
		if same {
			continue
		}
		next := ingress.DeepCopy()
		next.Status.LoadBalancer.Ingress = wanted
		if _, err := c.client.NetworkingV1().Ingresses(next.Namespace).UpdateStatus(ctx, next, meta.UpdateOptions{}); err != nil {
			log.Printf("status of Ingress %s/%s: %v", next.Namespace, next.Name, err)
		}
	}
}

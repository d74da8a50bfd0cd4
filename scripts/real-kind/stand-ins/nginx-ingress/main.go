// A stand-in for F5's NGINX Ingress Controller, which no registry here has: the real NGINX, configured from Ingresses of
// one class by a small program of our own. It takes the arguments that the stack library passes, needs no rights beyond
// those that the library grants, and serves readiness and metrics where the published one does. No custom resources.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typed "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/record"
)

// Changes that come together make one reload.
const settle = 50 * time.Millisecond

func main() {
	log.SetFlags(log.Lmicroseconds)
	a, err := parseArguments()
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, a); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, a arguments) error {
	access, err := rest.InClusterConfig()
	if err != nil {
		return err
	}
	access.QPS, access.Burst = 50, 100
	client, err := kubernetes.NewForConfig(access)
	if err != nil {
		return err
	}
	if err := checkClass(ctx, client, a.ingressClass); err != nil {
		return err
	}
	namespace, _ := split(a.configMap)
	c, err := watch(ctx, client, namespace)
	if err != nil {
		return err
	}
	if a.defaultSecret != "" {
		if namespace, name := split(a.defaultSecret); c.pem(namespace, name) == "" {
			log.Fatalf("the default server's certificate: Secret %s is missing, or holds no certificate with its key", a.defaultSecret)
		}
	}

	web, shown, leading := newNginx(), &state{class: a.ingressClass}, &atomic.Bool{}
	if a.ready {
		go func() { log.Fatal(shown.serveReady(a.readyPort)) }()
	}
	if a.metrics {
		go func() { log.Fatal(shown.serveMetrics(a.metricsPort, web)) }()
	}
	if a.leads && a.reportStatus {
		go lead(ctx, client, a.lease, leading, c.tell)
	}
	broadcaster := record.NewBroadcaster()
	broadcaster.StartRecordingToSink(&typed.EventSinkImpl{Interface: client.CoreV1().Events("")})
	events := broadcaster.NewRecorder(scheme.Scheme, core.EventSource{Component: "nginx-ingress-controller"})

	told := map[string]string{}
	c.tell()
	for {
		select {
		case <-ctx.Done():
			shown.ready.Store(false)
			web.quit()
			return nil
		case err := <-web.ended:
			log.Printf("NGINX has ended: %v", err)
			os.Exit(1)
		case <-c.changed:
			time.Sleep(settle)
			// Read once: what comes in the meantime is not judged by what was built without it.
			served := c.served(a.ingressClass)
			wanted, refused := c.build(a, served)
			if err := web.apply(wanted); err != nil {
				log.Print(err)
				if web.reloads.Load() == 0 {
					return err
				}
				continue
			}
			shown.ingresses.Store(made(served, refused))
			shown.ready.Store(true)
			tellEvents(events, served, refused, told)
			if a.reportStatus && (!a.leads || leading.Load()) {
				c.report(ctx, a, served, refused)
			}
		}
	}
}

// How many of them are served, be it in part.
func made(served []*networking.Ingress, refused map[*networking.Ingress]error) int64 {
	count := 0
	for _, ingress := range served {
		if err := refused[ingress]; err == nil || errors.Is(err, errPartly) {
			count++
		}
	}
	return int64(count)
}

// One event for each change of what becomes of an Ingress.
func tellEvents(events record.EventRecorder, served []*networking.Ingress, refused map[*networking.Ingress]error, told map[string]string) {
	for _, ingress := range served {
		kind, reason, message := core.EventTypeNormal, "AddedOrUpdated", "Configuration was added or updated"
		if err := refused[ingress]; errors.Is(err, errPartly) {
			kind, reason, message = core.EventTypeWarning, "AddedOrUpdatedWithWarning", err.Error()
		} else if err != nil {
			kind, reason, message = core.EventTypeWarning, "Rejected", err.Error()
		}
		key, now := string(ingress.UID), fmt.Sprint(ingress.Generation, reason, message)
		if told[key] != now {
			told[key] = now
			events.Event(ingress, kind, reason, message)
		}
	}
}

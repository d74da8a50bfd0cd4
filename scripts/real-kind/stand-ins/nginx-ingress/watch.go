package main

import (
	"context"
	"fmt"

	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

const controllerName = "nginx.org/ingress-controller"

// Everything that the configuration is made of, as the API server last told it.
type cluster struct {
	client    kubernetes.Interface
	ingresses cache.SharedIndexInformer
	services  cache.SharedIndexInformer
	slices    cache.SharedIndexInformer
	secrets   cache.SharedIndexInformer
	settings  cache.SharedIndexInformer
	// Tells that something is another now; one waiting change is enough.
	changed chan struct{}
}

// The class must be there and be this controller's, else nothing would ever be served.
func checkClass(ctx context.Context, client kubernetes.Interface, name string) error {
	class, err := client.NetworkingV1().IngressClasses().Get(ctx, name, meta.GetOptions{})
	if err != nil {
		return fmt.Errorf("IngressClass %s: %w", name, err)
	}
	if class.Spec.Controller != controllerName {
		return fmt.Errorf("IngressClass %s belongs to %s, not to %s", name, class.Spec.Controller, controllerName)
	}
	return nil
}

func watch(ctx context.Context, client kubernetes.Interface, settingsNamespace string) (*cluster, error) {
	all := informers.NewSharedInformerFactory(client, 0)
	own := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(settingsNamespace))
	c := &cluster{
		client:    client,
		ingresses: all.Networking().V1().Ingresses().Informer(),
		services:  all.Core().V1().Services().Informer(),
		slices:    all.Discovery().V1().EndpointSlices().Informer(),
		secrets:   all.Core().V1().Secrets().Informer(),
		settings:  own.Core().V1().ConfigMaps().Informer(),
		changed:   make(chan struct{}, 1),
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { c.tell() },
		UpdateFunc: func(any, any) { c.tell() },
		DeleteFunc: func(any) { c.tell() },
	}
	byService := func(object any) ([]string, error) {
		slice := object.(*discovery.EndpointSlice)
		return []string{slice.Namespace + "/" + slice.Labels[discovery.LabelServiceName]}, nil
	}
	if err := c.slices.AddIndexers(cache.Indexers{"service": byService}); err != nil {
		return nil, err
	}
	for _, informer := range []cache.SharedIndexInformer{c.ingresses, c.services, c.slices, c.secrets, c.settings} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return nil, err
		}
	}
	all.Start(ctx.Done())
	own.Start(ctx.Done())
	for _, factory := range []informers.SharedInformerFactory{all, own} {
		for kind, there := range factory.WaitForCacheSync(ctx.Done()) {
			if !there {
				return nil, fmt.Errorf("%v cannot be listed", kind)
			}
		}
	}
	return c, nil
}

func (c *cluster) tell() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

func get[T any](informer cache.SharedIndexInformer, namespace, name string) (T, bool) {
	object, there, err := informer.GetStore().GetByKey(namespace + "/" + name)
	if err != nil || !there {
		var none T
		return none, false
	}
	return object.(T), true
}

func (c *cluster) service(namespace, name string) (*core.Service, bool) {
	return get[*core.Service](c.services, namespace, name)
}

func (c *cluster) secret(namespace, name string) (*core.Secret, bool) {
	return get[*core.Secret](c.secrets, namespace, name)
}

func (c *cluster) configMap(qualified string) map[string]string {
	namespace, name := split(qualified)
	if found, there := get[*core.ConfigMap](c.settings, namespace, name); there {
		return found.Data
	}
	return nil
}

// Ingresses of the class, oldest first: a host belongs to the one that claimed it first.
func (c *cluster) served(class string) []*networking.Ingress {
	var found []*networking.Ingress
	for _, object := range c.ingresses.GetStore().List() {
		ingress := object.(*networking.Ingress)
		// The old annotation goes before the field.
		name := ingress.Annotations["kubernetes.io/ingress.class"]
		if name == "" && ingress.Spec.IngressClassName != nil {
			name = *ingress.Spec.IngressClassName
		}
		if name == class {
			found = append(found, ingress)
		}
	}
	sortByAge(found)
	return found
}

package main

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	networking "k8s.io/api/networking/v1"
)

func sortByAge(ingresses []*networking.Ingress) {
	slices.SortFunc(ingresses, func(a, b *networking.Ingress) int {
		// Of the same second the greater uid goes first, as in the published controller.
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(b.UID, a.UID))
	})
}

// What NGINX is to serve now, and why some Ingresses are not served.
func (c *cluster) build(a arguments, served []*networking.Ingress) (config, map[*networking.Ingress]error) {
	made := config{Settings: c.configMap(a.configMap), Health: a.health}
	if a.defaultSecret != "" {
		namespace, name := split(a.defaultSecret)
		made.DefaultPEM = c.pem(namespace, name)
	}
	refused := map[*networking.Ingress]error{}
	claimed := map[string]bool{}
	upstreams := map[string]upstream{}
	for _, ingress := range served {
		servers, err := c.servers(ingress, a, made.Settings, claimed, upstreams)
		if err != nil {
			refused[ingress] = err
		}
		made.Servers = append(made.Servers, servers...)
	}
	for _, each := range upstreams {
		made.Upstreams = append(made.Upstreams, each)
	}
	return made, refused
}

// The servers of an Ingress, and why not all of its hosts are served; `errPartly` where others of them are.
func (c *cluster) servers(ingress *networking.Ingress, a arguments, settings map[string]string, claimed map[string]bool, upstreams map[string]upstream) ([]server, error) {
	if err := check(ingress); err != nil {
		return nil, err
	}
	var servers []server
	var taken []string
	for _, rule := range ingress.Spec.Rules {
		if claimed[rule.Host] {
			taken = append(taken, rule.Host)
			continue
		}
		made := server{Host: rule.Host, Settings: annotated(ingress)}
		for _, each := range ingress.Spec.TLS {
			if slices.Contains(each.Hosts, rule.Host) {
				namespace, name := ingress.Namespace, each.SecretName
				if name == "" {
					namespace, name = split(a.wildcardSecret)
				}
				made.TLS, made.PEM = true, c.pem(namespace, name)
				made.HTTP2 = strings.EqualFold(settings["http2"], "true")
				made.Redirect = made.setting(settings, "ssl-redirect", "true") != "false"
			}
		}
		if err := c.locations(&made, ingress, rule, strings.EqualFold(settings["http2"], "true"), upstreams); err != nil {
			return servers, err
		}
		claimed[rule.Host] = true
		servers = append(servers, made)
	}
	switch {
	case len(servers) == 0:
		return nil, fmt.Errorf("All hosts are taken by other resources")
	case len(taken) > 0:
		return servers, fmt.Errorf("%w: host %s is taken by another resource", errPartly, strings.Join(taken, ", "))
	}
	return servers, nil
}

var errPartly = errors.New("added or updated with warning(s)")

func (c *cluster) locations(to *server, ingress *networking.Ingress, rule networking.IngressRule, http2 bool, upstreams map[string]upstream) error {
	grpc, sockets := names(to.Settings["grpc-services"]), names(to.Settings["websocket-services"])
	rooted := false
	if rule.HTTP != nil {
		to.GRPCOnly = http2
		for _, path := range rule.HTTP.Paths {
			where := cmp.Or(path.Path, "/")
			pathType := networking.PathTypeImplementationSpecific
			if path.PathType != nil {
				pathType = *path.PathType
			}
			upstream, err := c.upstream(ingress, rule.Host, path.Backend.Service, upstreams)
			if err != nil {
				return err
			}
			match, err := matchOf(where, string(pathType))
			if err != nil {
				return err
			}
			name := path.Backend.Service.Name
			made := location{match, upstream, http2 && slices.Contains(grpc, name), slices.Contains(sockets, name)}
			to.GRPCOnly = to.GRPCOnly && made.GRPC
			rooted = rooted || match == "/"
			to.Paths = append(to.Paths, made)
		}
	}
	if fallback := ingress.Spec.DefaultBackend; fallback != nil && !rooted {
		upstream, err := c.upstream(ingress, rule.Host, fallback.Service, upstreams)
		if err != nil {
			return err
		}
		to.Paths = append(to.Paths, location{Match: "/", Upstream: upstream})
	}
	return nil
}

// The upstream of a Service's port, with its ready endpoints; where there are none, one that answers 502.
func (c *cluster) upstream(ingress *networking.Ingress, host string, backend *networking.IngressServiceBackend, upstreams map[string]upstream) (string, error) {
	if backend == nil {
		return "", fmt.Errorf("a backend that is no Service")
	}
	port := cmp.Or(backend.Port.Name, fmt.Sprint(backend.Port.Number))
	name := strings.Join([]string{ingress.Namespace, ingress.Name, strings.ReplaceAll(host, "*", "any"), backend.Name, port}, "-")
	addresses := c.addresses(ingress.Namespace, backend)
	if len(addresses) == 0 {
		addresses = []string{"unix:/var/lib/nginx/nobody.sock"}
	}
	upstreams[name] = upstream{name, addresses}
	return name, nil
}

func (c *cluster) addresses(namespace string, backend *networking.IngressServiceBackend) []string {
	service, there := c.service(namespace, backend.Name)
	if !there {
		return nil
	}
	at := slices.IndexFunc(service.Spec.Ports, func(port core.ServicePort) bool {
		return port.Name == backend.Port.Name && port.Name != "" || port.Port == backend.Port.Number
	})
	found, err := c.slices.GetIndexer().ByIndex("service", namespace+"/"+backend.Name)
	if at < 0 || err != nil {
		return nil
	}
	var addresses []string
	for _, object := range found {
		slice := object.(*discovery.EndpointSlice)
		for _, port := range slice.Ports {
			if port.Port == nil || port.Name == nil || *port.Name != service.Spec.Ports[at].Name {
				continue
			}
			for _, endpoint := range slice.Endpoints {
				if endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready {
					addresses = append(addresses, fmt.Sprintf("%s:%d", endpoint.Addresses[0], *port.Port))
				}
			}
		}
	}
	slices.Sort(addresses)
	return slices.Compact(addresses)
}

// Writes a TLS Secret where NGINX finds it; nothing where there is none, or no pair in it.
func (c *cluster) pem(namespace, name string) string {
	secret, there := c.secret(namespace, name)
	if !there {
		return ""
	}
	if secret.Type != core.SecretTypeTLS {
		log.Printf("Secret %s/%s is of type %s, not %s", namespace, name, secret.Type, core.SecretTypeTLS)
		return ""
	}
	certificate, key := secret.Data[core.TLSCertKey], secret.Data[core.TLSPrivateKeyKey]
	if _, err := tls.X509KeyPair(certificate, key); err != nil {
		log.Printf("Secret %s/%s: %v", namespace, name, err)
		return ""
	}
	// The name carries the version, so that another certificate is another configuration.
	file := filepath.Join(secrets, fmt.Sprintf("%s-%s-%s", namespace, name, secret.ResourceVersion))
	both := append(append(append([]byte{}, certificate...), '\n'), key...)
	if err := os.WriteFile(file, both, 0o600); err != nil {
		log.Print(err)
		return ""
	}
	return file
}

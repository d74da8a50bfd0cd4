package main

import (
	"cmp"
	"crypto/tls"
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
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.UID, b.UID))
	})
}

// What NGINX is to serve now, and why some Ingresses are not served.
func (c *cluster) build(a arguments) (config, map[*networking.Ingress]error) {
	made := config{Settings: c.configMap(a.configMap), Health: a.health}
	if a.defaultSecret != "" {
		namespace, name := split(a.defaultSecret)
		made.DefaultPEM = c.pem(namespace, name)
	}
	refused := map[*networking.Ingress]error{}
	claimed := map[string]bool{}
	upstreams := map[string]upstream{}
	for _, ingress := range c.served(a.ingressClass) {
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

func (c *cluster) servers(ingress *networking.Ingress, a arguments, settings map[string]string, claimed map[string]bool, upstreams map[string]upstream) ([]server, error) {
	var servers []server
	for _, rule := range ingress.Spec.Rules {
		if rule.Host == "" {
			return nil, fmt.Errorf("a rule without a host")
		}
		if claimed[rule.Host] {
			return servers, fmt.Errorf("all of host %s is taken by another Ingress", rule.Host)
		}
		made := server{Host: rule.Host, Settings: annotations(ingress)}
		for _, each := range ingress.Spec.TLS {
			if slices.Contains(each.Hosts, rule.Host) {
				namespace, name := ingress.Namespace, each.SecretName
				if name == "" {
					namespace, name = split(a.wildcardSecret)
				}
				made.TLS, made.PEM = true, c.pem(namespace, name)
				made.HTTP2 = strings.EqualFold(made.setting(settings, "http2", "false"), "true")
				made.Redirect = made.setting(settings, "ssl-redirect", "true") != "false"
			}
		}
		grpc := strings.Split(made.Settings["grpc-services"], ",")
		rooted := false
		if rule.HTTP != nil {
			for _, path := range rule.HTTP.Paths {
				where := cmp.Or(path.Path, "/")
				pathType := networking.PathTypeImplementationSpecific
				if path.PathType != nil {
					pathType = *path.PathType
				}
				to, err := c.upstream(ingress, rule.Host, path.Backend.Service, upstreams)
				if err != nil {
					return servers, err
				}
				locations, err := locationsOf(where, string(pathType), to, made.HTTP2 && slices.Contains(grpc, path.Backend.Service.Name))
				if err != nil {
					return servers, err
				}
				rooted = rooted || where == "/"
				made.Paths = append(made.Paths, locations...)
			}
		}
		if fallback := ingress.Spec.DefaultBackend; fallback != nil && !rooted {
			to, err := c.upstream(ingress, rule.Host, fallback.Service, upstreams)
			if err != nil {
				return servers, err
			}
			made.Paths = append(made.Paths, location{"/", to, false})
		}
		claimed[rule.Host] = true
		servers = append(servers, made)
	}
	return servers, nil
}

// Annotations without their prefix, under the names of the ConfigMap's keys.
func annotations(ingress *networking.Ingress) map[string]string {
	found := map[string]string{}
	for key, value := range ingress.Annotations {
		for _, prefix := range []string{"nginx.org/", "ingress.kubernetes.io/"} {
			if name, ours := strings.CutPrefix(key, prefix); ours {
				found[name] = strings.ToLower(value)
			}
		}
	}
	return found
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

package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

// The arguments of the published controller that the stack library passes, and no others: one that is not known here is
// an error, as it is there (docs.nginx.com, "Command-line arguments").
type arguments struct {
	configMap       string
	ingressClass    string
	defaultSecret   string
	wildcardSecret  string
	externalService string
	lease           string
	leads           bool
	reportStatus    bool
	customResources bool
	metrics         bool
	metricsPort     int
	ready           bool
	readyPort       int
	health          bool

	globalConfiguration string
}

func parseArguments() (arguments, error) {
	a := arguments{}
	flag.StringVar(&a.configMap, "nginx-configmaps", "", "namespace/name of the ConfigMap with NGINX's settings")
	flag.StringVar(&a.ingressClass, "ingress-class", "nginx", "the IngressClass that is served")
	flag.StringVar(&a.defaultSecret, "default-server-tls-secret", "", "namespace/name of the default server's certificate")
	flag.StringVar(&a.wildcardSecret, "wildcard-tls-secret", "", "namespace/name of the certificate of TLS hosts without a Secret")
	flag.StringVar(&a.externalService, "external-service", "", "the Service whose load balancer Ingresses report")
	flag.StringVar(&a.lease, "leader-election-lock-name", "nginx-ingress-leader-election", "name of the Lease")
	flag.BoolVar(&a.leads, "enable-leader-election", true, "only one replica reports")
	flag.BoolVar(&a.reportStatus, "report-ingress-status", false, "write addresses into the status of Ingresses")
	flag.BoolVar(&a.customResources, "enable-custom-resources", true, "accepted; this stand-in serves none")
	flag.StringVar(&a.globalConfiguration, "global-configuration", "", "accepted; this stand-in reads none")
	flag.BoolVar(&a.metrics, "enable-prometheus-metrics", false, "serve metrics")
	flag.IntVar(&a.metricsPort, "prometheus-metrics-listen-port", 9113, "their port")
	flag.BoolVar(&a.ready, "ready-status", true, "serve /nginx-ready")
	flag.IntVar(&a.readyPort, "ready-status-port", 8081, "its port")
	flag.BoolVar(&a.health, "health-status", false, "serve /nginx-health on the default server")
	flag.Bool("enable-telemetry-reporting", true, "accepted; nothing is reported")
	flag.Parse()
	if flag.NArg() > 0 {
		return a, fmt.Errorf("%q is no argument", flag.Arg(0))
	}
	if a.globalConfiguration != "" && !a.customResources {
		return a, fmt.Errorf("-global-configuration needs -enable-custom-resources")
	}
	for name, value := range map[string]string{"nginx-configmaps": a.configMap, "global-configuration": a.globalConfiguration, "default-server-tls-secret": a.defaultSecret, "wildcard-tls-secret": a.wildcardSecret} {
		if value != "" && strings.Count(value, "/") != 1 {
			return a, fmt.Errorf("-%s=%s is not of the form namespace/name", name, value)
		}
	}
	if os.Getenv("POD_NAMESPACE") == "" || os.Getenv("POD_NAME") == "" {
		return a, fmt.Errorf("POD_NAMESPACE and POD_NAME must be set")
	}
	return a, nil
}

func split(qualified string) (namespace, name string) {
	namespace, name, _ = strings.Cut(qualified, "/")
	return namespace, name
}

package main

import (
	"fmt"
	"regexp"
	"strings"

	networking "k8s.io/api/networking/v1"
)

// What the published controller refuses an Ingress for as a whole.
func check(ingress *networking.Ingress) error {
	if len(ingress.Spec.Rules) == 0 {
		return fmt.Errorf("spec.rules: Required value")
	}
	seen, backends := map[string]bool{}, map[string]bool{}
	for i, rule := range ingress.Spec.Rules {
		if rule.Host == "" {
			return fmt.Errorf("spec.rules[%d].host: Required value", i)
		}
		if seen[rule.Host] {
			return fmt.Errorf("spec.rules[%d].host: Duplicate value: %q", i, rule.Host)
		}
		seen[rule.Host] = true
		if rule.HTTP != nil {
			for _, path := range rule.HTTP.Paths {
				if path.Backend.Service != nil {
					backends[path.Backend.Service.Name] = true
				}
			}
		}
	}
	if fallback := ingress.Spec.DefaultBackend; fallback != nil && fallback.Service != nil {
		backends[fallback.Service.Name] = true
	}
	for name, form := range known {
		if value, given := ingress.Annotations[name]; given && !form.MatchString(value) {
			return fmt.Errorf("annotations.%s: Invalid value: %q", name, value)
		}
	}
	for _, name := range []string{"nginx.org/grpc-services", "nginx.org/websocket-services"} {
		for _, each := range names(ingress.Annotations[name]) {
			if !backends[each] {
				return fmt.Errorf("annotations.%s: Invalid value: no rule leads to a service %s", name, each)
			}
		}
	}
	return nil
}

// `prices, stock`
func names(list string) []string {
	var found []string
	for _, each := range strings.Split(list, ",") {
		if name := strings.TrimSpace(each); name != "" {
			found = append(found, name)
		}
	}
	return found
}

var (
	boolean  = regexp.MustCompile(`^(?i:true|false|t|f|0|1)$`)
	duration = regexp.MustCompile(`^([0-9]+(ms|s|m|h|d|w|M|y)? *)+$`)
	size     = regexp.MustCompile(`^[0-9]+[kKmMgG]?$`)
	anything = regexp.MustCompile(`.`)
)

// The annotations that this stand-in knows, each with the form of its values.
var known = map[string]*regexp.Regexp{
	"ingress.kubernetes.io/ssl-redirect": boolean,
	"nginx.org/proxy-connect-timeout":    duration,
	"nginx.org/proxy-read-timeout":       duration,
	"nginx.org/proxy-send-timeout":       duration,
	"nginx.org/client-max-body-size":     size,
	"nginx.org/grpc-services":            anything,
	"nginx.org/websocket-services":       anything,
}

// Their values under the names of the ConfigMap's keys.
func annotated(ingress *networking.Ingress) map[string]string {
	found := map[string]string{}
	for name := range known {
		if value, given := ingress.Annotations[name]; given {
			_, key, _ := strings.Cut(name, "/")
			found[key] = strings.ToLower(value)
		}
	}
	return found
}

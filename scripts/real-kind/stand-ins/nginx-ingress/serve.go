package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
)

// What is served beside NGINX itself.
type state struct {
	ready     atomic.Bool
	ingresses atomic.Int64
	class     string
}

func (s *state) serveReady(port int) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/nginx-ready", func(w http.ResponseWriter, _ *http.Request) {
		if !s.ready.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "Ready")
	})
	return http.ListenAndServe(fmt.Sprintf(":%d", port), mux)
}

// Metrics by the names that the published controller documents, as far as dashboards and alerts of the library use them.
func (s *state) serveMetrics(port int, n *nginx) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		typed := ""
		put := func(kind, name, labels string, value int64) {
			if !strings.Contains(typed, name+" ") {
				fmt.Fprintf(w, "# TYPE %s %s\n", name, kind)
				typed += name + " "
			}
			fmt.Fprintf(w, "%s{class=%q%s} %d\n", name, s.class, labels, value)
		}
		const controller, server = "nginx_ingress_controller_", "nginx_ingress_nginx_"
		put("counter", controller+"nginx_reloads_total", `,reason="endpoints"`, 0)
		put("counter", controller+"nginx_reloads_total", `,reason="other"`, n.reloads.Load())
		put("counter", controller+"nginx_reload_errors_total", "", n.failures.Load())
		put("gauge", controller+"nginx_last_reload_status", "", number(n.lastOK.Load()))
		put("gauge", controller+"nginx_last_reload_milliseconds", "", n.lastMilliseconds.Load())
		for kind, count := range map[string]int64{"regular": s.ingresses.Load(), "master": 0, "minion": 0} {
			put("gauge", controller+"ingress_resources_total", fmt.Sprintf(",type=%q", kind), count)
		}
		said, err := n.ask("/stub_status")
		var active, accepted, handled, requests, reading, writing, waiting int64
		if err == nil {
			_, err = fmt.Sscanf(said, "Active connections: %d \nserver accepts handled requests\n %d %d %d \nReading: %d Writing: %d Waiting: %d",
				&active, &accepted, &handled, &requests, &reading, &writing, &waiting)
		}
		if err != nil {
			return
		}
		put("counter", server+"connections_accepted", "", accepted)
		put("counter", server+"connections_handled", "", handled)
		put("gauge", server+"connections_active", "", active)
		put("gauge", server+"connections_reading", "", reading)
		put("gauge", server+"connections_writing", "", writing)
		put("gauge", server+"connections_waiting", "", waiting)
		put("counter", server+"http_requests_total", "", requests)
	})
	return http.ListenAndServe(fmt.Sprintf(":%d", port), mux)
}

func number(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

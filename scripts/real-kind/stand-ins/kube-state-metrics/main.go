// A stand-in for kube-state-metrics, which no registry here has: the metrics that the stack library's alerts and
// dashboards use, by their published names, out of what the API server tells. Ports, paths and arguments are its own.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os/signal"
	"strings"
	"syscall"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// A resource by the name that --resources takes, what watches it, and what it becomes.
type resource struct {
	informer func(informers.SharedInformerFactory) cache.SharedIndexInformer
	measure  func(*metrics, any, []string)
}

var resources = map[string]resource{
	"daemonsets": {func(f informers.SharedInformerFactory) cache.SharedIndexInformer {
		return f.Apps().V1().DaemonSets().Informer()
	}, daemonSet},
	"deployments": {func(f informers.SharedInformerFactory) cache.SharedIndexInformer {
		return f.Apps().V1().Deployments().Informer()
	}, deployment},
	"statefulsets": {func(f informers.SharedInformerFactory) cache.SharedIndexInformer {
		return f.Apps().V1().StatefulSets().Informer()
	}, statefulSet},
	"jobs": {func(f informers.SharedInformerFactory) cache.SharedIndexInformer {
		return f.Batch().V1().Jobs().Informer()
	}, job},
	"nodes": {func(f informers.SharedInformerFactory) cache.SharedIndexInformer {
		return f.Core().V1().Nodes().Informer()
	}, node},
	"pods": {func(f informers.SharedInformerFactory) cache.SharedIndexInformer {
		return f.Core().V1().Pods().Informer()
	}, pod},
	"persistentvolumeclaims": {func(f informers.SharedInformerFactory) cache.SharedIndexInformer {
		return f.Core().V1().PersistentVolumeClaims().Informer()
	}, claim},
}

func main() {
	wanted := flag.String("resources", "daemonsets,deployments,jobs,nodes,persistentvolumeclaims,pods,statefulsets", "what is measured")
	allowed := flag.String("metric-labels-allowlist", "", "labels of objects that become kube_X_labels: statefulsets=[a,b],…")
	port := flag.Int("port", 8080, "of /metrics, /healthz and /livez")
	telemetry := flag.Int("telemetry-port", 8081, "of /readyz")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	access, err := rest.InClusterConfig()
	if err != nil {
		log.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(access)
	if err != nil {
		log.Fatal(err)
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	labels := allowlist(*allowed)
	stores := map[string]cache.Store{}
	for _, name := range strings.Split(*wanted, ",") {
		each, known := resources[name]
		if !known {
			log.Fatalf("resource %s does not exist", name)
		}
		stores[name] = each.informer(factory).GetStore()
	}
	factory.Start(ctx.Done())

	well := func(http.ResponseWriter, *http.Request) {}
	ready := http.NewServeMux()
	ready.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		for name := range stores {
			if !resources[name].informer(factory).HasSynced() {
				http.Error(w, name+" are not listed yet", http.StatusServiceUnavailable)
				return
			}
		}
	})
	served := http.NewServeMux()
	served.HandleFunc("/healthz", well)
	served.HandleFunc("/livez", well)
	served.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		made := &metrics{lines: map[string][]string{}}
		for name, store := range stores {
			for _, object := range store.List() {
				resources[name].measure(made, object, labels[name])
			}
		}
		made.write(w)
	})
	go func() { log.Fatal(http.ListenAndServe(fmt.Sprintf(":%d", *telemetry), ready)) }()
	go func() { log.Fatal(http.ListenAndServe(fmt.Sprintf(":%d", *port), served)) }()
	<-ctx.Done()
}

// `statefulsets=[app,team],pods=[app]`
func allowlist(given string) map[string][]string {
	found := map[string][]string{}
	for _, each := range strings.Split(given, "],") {
		if name, list, ok := strings.Cut(strings.TrimSuffix(each, "]"), "=["); ok {
			found[name] = strings.Split(list, ",")
		}
	}
	return found
}

type metrics struct{ lines map[string][]string }

// Adds a sample; labels are pairs of name and value.
func (m *metrics) add(name string, value float64, labels ...string) {
	pairs := make([]string, 0, len(labels)/2)
	for i := 0; i+1 < len(labels); i += 2 {
		pairs = append(pairs, fmt.Sprintf("%s=%q", labels[i], labels[i+1]))
	}
	m.lines[name] = append(m.lines[name], fmt.Sprintf("%s{%s} %g\n", name, strings.Join(pairs, ","), value))
}

func (m *metrics) write(w io.Writer) {
	for name, lines := range m.lines {
		kind := "gauge"
		if strings.HasSuffix(name, "_total") {
			kind = "counter"
		}
		fmt.Fprintf(w, "# TYPE %s %s\n%s", name, kind, strings.Join(lines, ""))
	}
}

// kube_X_labels with the allowed ones of the object's labels.
func (m *metrics) labels(kind, namespace, name string, has map[string]string, allowed []string) {
	pairs := []string{"namespace", namespace, kind, name}
	for _, label := range allowed {
		if value, there := has[label]; there {
			pairs = append(pairs, "label_"+strings.NewReplacer(".", "_", "/", "_", "-", "_").Replace(label), value)
		}
	}
	if len(pairs) > 4 {
		m.add("kube_"+kind+"_labels", 1, pairs...)
	}
}

func orOne(given *int32) float64 {
	if given == nil {
		return 1
	}
	return float64(*given)
}

func statefulSet(m *metrics, object any, allowed []string) {
	o := object.(*apps.StatefulSet)
	at := []string{"namespace", o.Namespace, "statefulset", o.Name}
	m.add("kube_statefulset_replicas", orOne(o.Spec.Replicas), at...)
	m.add("kube_statefulset_status_replicas", float64(o.Status.Replicas), at...)
	m.add("kube_statefulset_status_replicas_ready", float64(o.Status.ReadyReplicas), at...)
	m.add("kube_statefulset_status_replicas_updated", float64(o.Status.UpdatedReplicas), at...)
	m.labels("statefulset", o.Namespace, o.Name, o.Labels, allowed)
}

func deployment(m *metrics, object any, allowed []string) {
	o := object.(*apps.Deployment)
	at := []string{"namespace", o.Namespace, "deployment", o.Name}
	m.add("kube_deployment_spec_replicas", orOne(o.Spec.Replicas), at...)
	m.add("kube_deployment_status_replicas_available", float64(o.Status.AvailableReplicas), at...)
	m.add("kube_deployment_status_replicas_updated", float64(o.Status.UpdatedReplicas), at...)
	m.labels("deployment", o.Namespace, o.Name, o.Labels, allowed)
}

func daemonSet(m *metrics, object any, allowed []string) {
	o := object.(*apps.DaemonSet)
	at := []string{"namespace", o.Namespace, "daemonset", o.Name}
	m.add("kube_daemonset_status_desired_number_scheduled", float64(o.Status.DesiredNumberScheduled), at...)
	m.add("kube_daemonset_status_number_ready", float64(o.Status.NumberReady), at...)
	m.labels("daemonset", o.Namespace, o.Name, o.Labels, allowed)
}

func job(m *metrics, object any, _ []string) {
	o := object.(*batch.Job)
	at := []string{"namespace", o.Namespace, "job_name", o.Name}
	m.add("kube_job_status_succeeded", float64(o.Status.Succeeded), at...)
	// Pods that failed count also where the Job went on and succeeded; the Job's own end is the condition's.
	reason := ""
	for _, condition := range o.Status.Conditions {
		if condition.Type == batch.JobFailed {
			reason = condition.Reason
			for _, status := range []string{"true", "false", "unknown"} {
				m.add("kube_job_failed", is(strings.EqualFold(string(condition.Status), status)), append(at, "condition", status)...)
			}
		}
	}
	if o.Status.Failed == 0 {
		m.add("kube_job_status_failed", 0, at...)
	} else {
		m.add("kube_job_status_failed", float64(o.Status.Failed), append(at, "reason", reason)...)
	}
}

func node(m *metrics, object any, _ []string) {
	o := object.(*core.Node)
	for _, condition := range o.Status.Conditions {
		for _, status := range []string{"true", "false", "unknown"} {
			m.add("kube_node_status_condition", is(strings.EqualFold(string(condition.Status), status)),
				"node", o.Name, "condition", string(condition.Type), "status", status)
		}
	}
}

func pod(m *metrics, object any, _ []string) {
	o := object.(*core.Pod)
	at := []string{"namespace", o.Namespace, "pod", o.Name, "uid", string(o.UID)}
	for _, phase := range []core.PodPhase{core.PodPending, core.PodSucceeded, core.PodFailed, core.PodUnknown, core.PodRunning} {
		m.add("kube_pod_status_phase", is(o.Status.Phase == phase), append(at, "phase", string(phase))...)
	}
	for _, each := range o.Status.ContainerStatuses {
		of := append(at, "container", each.Name)
		m.add("kube_pod_container_status_restarts_total", float64(each.RestartCount), of...)
		m.add("kube_pod_container_status_ready", is(each.Ready), of...)
		if each.State.Waiting != nil {
			m.add("kube_pod_container_status_waiting_reason", 1, append(of, "reason", each.State.Waiting.Reason)...)
		}
	}
}

func claim(m *metrics, object any, _ []string) {
	o := object.(*core.PersistentVolumeClaim)
	at := []string{"namespace", o.Namespace, "persistentvolumeclaim", o.Name}
	for _, phase := range []core.PersistentVolumeClaimPhase{core.ClaimLost, core.ClaimBound, core.ClaimPending} {
		m.add("kube_persistentvolumeclaim_status_phase", is(o.Status.Phase == phase), append(at, "phase", string(phase))...)
	}
	if size, asked := o.Spec.Resources.Requests[core.ResourceStorage]; asked {
		m.add("kube_persistentvolumeclaim_resource_requests_storage_bytes", float64(size.Value()), at...)
	}
}

func is(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

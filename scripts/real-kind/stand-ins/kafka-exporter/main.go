// A stand-in for danielqsj/kafka_exporter, whose module no proxy here has: what a Kafka cluster tells its clients, by the
// names that the exporter documents and the stack library's alerts and dashboards use.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	servers := flag.String("kafka.server", "kafka:9092", "bootstrap servers")
	listen := flag.String("web.listen-address", ":9308", "where /metrics and /healthz are")
	encrypted := flag.Bool("tls.enabled", false, "connect by TLS")
	authority := flag.String("tls.ca-file", "", "certificate of the authority to believe")
	flag.Parse()
	options := []kgo.Opt{kgo.SeedBrokers(strings.Split(*servers, ",")...), kgo.ClientID("kafka-exporter")}
	if *encrypted {
		options = append(options, kgo.DialTLSConfig(&tls.Config{RootCAs: believed(*authority)}))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		log.Fatal(err)
	}
	admin := kadm.NewClient(client)
	begun, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	if _, err := admin.BrokerMetadata(begun); err != nil {
		log.Fatalf("no broker of %s answers: %v", *servers, err)
	}
	cancel()

	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	http.HandleFunc("/metrics", func(w http.ResponseWriter, r *http.Request) {
		limited, cancel := context.WithTimeout(r.Context(), 8*time.Second)
		defer cancel()
		made, err := measure(limited, admin)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		made.write(w)
	})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() { <-stop; os.Exit(0) }()
	log.Fatal(http.ListenAndServe(*listen, nil))
}

// The certificates of a file; the system's own where none is named.
func believed(file string) *x509.CertPool {
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		log.Fatalf("%s holds no certificate", file)
	}
	return pool
}

type gauges map[string][]string

func (g gauges) add(name, labels string, value int64) {
	g[name] = append(g[name], fmt.Sprintf("%s%s %d\n", name, labels, value))
}

func (g gauges) write(w io.Writer) {
	for name, lines := range g {
		fmt.Fprintf(w, "# TYPE %s gauge\n%s", name, strings.Join(lines, ""))
	}
}

func measure(ctx context.Context, admin *kadm.Client) (gauges, error) {
	metadata, err := admin.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	made := gauges{}
	made.add("kafka_brokers", "", int64(len(metadata.Brokers)))
	for _, topic := range metadata.Topics {
		made.add("kafka_topic_partitions", fmt.Sprintf("{topic=%q}", topic.Topic), int64(len(topic.Partitions)))
		for _, p := range topic.Partitions {
			at := fmt.Sprintf("{topic=%q,partition=\"%d\"}", topic.Topic, p.Partition)
			made.add("kafka_topic_partition_leader", at, int64(p.Leader))
			made.add("kafka_topic_partition_replicas", at, int64(len(p.Replicas)))
			made.add("kafka_topic_partition_in_sync_replica", at, int64(len(p.ISR)))
			under := int64(0)
			if len(p.ISR) < len(p.Replicas) {
				under = 1
			}
			made.add("kafka_topic_partition_under_replicated_partition", at, under)
		}
	}
	if err := offsets(ctx, made, "kafka_topic_partition_current_offset", admin.ListEndOffsets); err != nil {
		return nil, err
	}
	if err := offsets(ctx, made, "kafka_topic_partition_oldest_offset", admin.ListStartOffsets); err != nil {
		return nil, err
	}
	lags, err := admin.Lag(ctx)
	if err != nil {
		return nil, err
	}
	for _, group := range lags.Sorted() {
		for _, each := range group.Lag.Sorted() {
			at := fmt.Sprintf("{consumergroup=%q,topic=%q,partition=\"%d\"}", group.Group, each.Topic, each.Partition)
			made.add("kafka_consumergroup_lag", at, each.Lag)
		}
	}
	return made, nil
}

func offsets(ctx context.Context, made gauges, name string, list func(context.Context, ...string) (kadm.ListedOffsets, error)) error {
	listed, err := list(ctx)
	if err != nil {
		return err
	}
	listed.Each(func(o kadm.ListedOffset) {
		if o.Err == nil {
			made.add(name, fmt.Sprintf("{topic=%q,partition=\"%d\"}", o.Topic, o.Partition), o.Offset)
		}
	})
	return nil
}

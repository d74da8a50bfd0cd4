// A stand-in for danielqsj/kafka-exporter, which no registry here has: the metrics that the stack library's alerts and
// dashboards use, by their published names, at the published port and paths, with the flags that the library gives.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"sort"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

type servers []string

func (s *servers) String() string { return strings.Join(*s, ",") }
func (s *servers) Set(value string) error {
	*s = append(*s, value)
	return nil
}

// Lines of the text format, by metric.
type metrics map[string][]string

func (m metrics) add(name string, value int64, labels ...string) {
	pairs := make([]string, 0, len(labels)/2)
	for i := 0; i+1 < len(labels); i += 2 {
		pairs = append(pairs, fmt.Sprintf("%s=%q", labels[i], labels[i+1]))
	}
	m[name] = append(m[name], fmt.Sprintf("%s{%s} %d", name, strings.Join(pairs, ","), value))
}

func (m metrics) write(to io.Writer) {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(to, "# TYPE %s gauge\n%s\n", name, strings.Join(m[name], "\n"))
	}
}

func topics(ctx context.Context, admin *kadm.Client, m metrics) error {
	meta, err := admin.Metadata(ctx)
	if err != nil {
		return err
	}
	m.add("kafka_brokers", int64(len(meta.Brokers)))
	starts, err := admin.ListStartOffsets(ctx)
	if err != nil {
		return err
	}
	ends, err := admin.ListEndOffsets(ctx)
	if err != nil {
		return err
	}
	for name, topic := range meta.Topics {
		m.add("kafka_topic_partitions", int64(len(topic.Partitions)), "topic", name)
		for id, partition := range topic.Partitions {
			labels := []string{"topic", name, "partition", fmt.Sprint(id)}
			behind, preferred := int64(0), int64(0)
			if len(partition.ISR) < len(partition.Replicas) {
				behind = 1
			}
			if len(partition.Replicas) > 0 && partition.Replicas[0] == partition.Leader {
				preferred = 1
			}
			m.add("kafka_topic_partition_leader", int64(partition.Leader), labels...)
			m.add("kafka_topic_partition_leader_is_preferred", preferred, labels...)
			m.add("kafka_topic_partition_replicas", int64(len(partition.Replicas)), labels...)
			m.add("kafka_topic_partition_in_sync_replica", int64(len(partition.ISR)), labels...)
			m.add("kafka_topic_partition_under_replicated_partition", behind, labels...)
			if end, ok := ends.Lookup(name, id); ok {
				m.add("kafka_topic_partition_current_offset", end.Offset, labels...)
			}
			if start, ok := starts.Lookup(name, id); ok {
				m.add("kafka_topic_partition_oldest_offset", start.Offset, labels...)
			}
		}
	}
	return nil
}

func groups(ctx context.Context, admin *kadm.Client, m metrics) error {
	lags, err := admin.Lag(ctx)
	if err != nil {
		return err
	}
	for name, group := range lags {
		m.add("kafka_consumergroup_members", int64(len(group.Members)), "consumergroup", name)
		for topic, partitions := range group.Lag {
			for id, lag := range partitions {
				labels := []string{"consumergroup", name, "topic", topic, "partition", fmt.Sprint(id)}
				m.add("kafka_consumergroup_current_offset", lag.Commit.At, labels...)
				m.add("kafka_consumergroup_lag", lag.Lag, labels...)
			}
		}
	}
	return nil
}

func main() {
	var seeds servers
	flag.Var(&seeds, "kafka.server", "address (host:port) of a broker; may be given several times")
	listen := flag.String("web.listen-address", ":9308", "address to listen on")
	flag.Parse()
	client, err := kgo.NewClient(kgo.SeedBrokers(seeds...), kgo.RetryTimeout(5*time.Second))
	if err != nil {
		log.Fatal(err)
	}
	// As the published one: without a broker it ends, and is started again.
	first, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	if err := client.Ping(first); err != nil {
		log.Fatal(err)
	}
	cancel()
	admin := kadm.NewClient(client)
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	http.HandleFunc("/metrics", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 8*time.Second)
		defer cancel()
		m := metrics{}
		for _, read := range []func(context.Context, *kadm.Client, metrics) error{topics, groups} {
			if err := read(ctx, admin, m); err != nil {
				log.Print(err)
			}
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		m.write(w)
	})
	log.Fatal(http.ListenAndServe(*listen, nil))
}

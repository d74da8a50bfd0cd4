// Events takes orders over HTTP, asks prices what they cost, and writes them to the topic "orders" of Kafka, acknowledged
// by all in-sync replicas. It reads the topic too, and counts what it finds there.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"shop/pricesapi"
)

const topic = "orders"

type order struct {
	ID       int64  `json:"id"`
	Item     string `json:"item"`
	Quantity int64  `json:"quantity"`
	Total    int64  `json:"total"`
}

type service struct {
	kafka    *kgo.Client
	prices   *grpc.ClientConn
	written  atomic.Int64
	consumed atomic.Int64
}

func main() {
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	kafka, err := kgo.NewClient(
		kgo.SeedBrokers(os.Getenv("KAFKA")),
		kgo.AllowAutoTopicCreation(),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ConsumerGroup("events"),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		log.Fatal(err)
	}
	prices, err := grpc.NewClient(os.Getenv("PRICES"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	s := &service{kafka: kafka, prices: prices}
	go s.consume(stopped)

	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", s.take)
	mux.HandleFunc("GET /ready", s.ready)
	mux.HandleFunc("GET /metrics", s.metrics)
	server := &http.Server{Addr: ":" + os.Getenv("PORT"), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-stopped.Done()
		// The Service stops sending before the last answers are out.
		time.Sleep(3 * time.Second)
		_ = server.Shutdown(context.Background())
	}()
	log.Printf("events: listening on %s", server.Addr)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	kafka.Close()
}

func (s *service) take(response http.ResponseWriter, request *http.Request) {
	var o order
	if err := json.NewDecoder(http.MaxBytesReader(response, request.Body, 10_000)).Decode(&o); err != nil {
		http.Error(response, "an order is JSON", http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(request.Context(), 4*time.Second)
	defer cancel()
	cents, err := pricesapi.Ask(ctx, s.prices, o.Item)
	if status.Code(err) == codes.NotFound {
		http.Error(response, "no such item", http.StatusNotFound)
		return
	}
	if err != nil {
		log.Printf("prices: %v", err)
		http.Error(response, "prices do not answer", http.StatusServiceUnavailable)
		return
	}
	o.Total = cents * o.Quantity
	value, _ := json.Marshal(o)
	record := &kgo.Record{Topic: topic, Key: []byte(strconv.FormatInt(o.ID, 10)), Value: value}
	if err := s.kafka.ProduceSync(ctx, record).FirstErr(); err != nil {
		log.Printf("kafka: %v", err)
		http.Error(response, "kafka does not answer", http.StatusServiceUnavailable)
		return
	}
	s.written.Add(1)
	response.Header().Set("content-type", "application/json")
	_, _ = response.Write(append(value, '\n'))
}

func (s *service) consume(stopped context.Context) {
	for stopped.Err() == nil {
		fetches := s.kafka.PollFetches(stopped)
		fetches.EachError(func(_ string, _ int32, err error) {
			if !errors.Is(err, context.Canceled) {
				log.Printf("kafka: %v", err)
			}
		})
		fetches.EachRecord(func(record *kgo.Record) {
			s.consumed.Add(1)
			log.Printf("order %s: %s", record.Key, record.Value)
		})
	}
}

func (s *service) ready(response http.ResponseWriter, request *http.Request) {
	ctx, cancel := context.WithTimeout(request.Context(), 2*time.Second)
	defer cancel()
	if err := s.kafka.Ping(ctx); err != nil {
		http.Error(response, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(response, "ready")
}

func (s *service) metrics(response http.ResponseWriter, _ *http.Request) {
	fmt.Fprintf(response, "shop_events_written_total %d\n", s.written.Load())
	fmt.Fprintf(response, "shop_events_consumed_total %d\n", s.consumed.Load())
}

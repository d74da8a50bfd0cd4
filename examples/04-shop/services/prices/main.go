// Prices serves shop.Prices over gRPC, with the standard health check.
package main

import (
	"context"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"shop/pricesapi"
)

type prices map[string]int64

func (p prices) Price(_ context.Context, item string) (int64, error) {
	cents, known := p[item]
	if !known {
		return 0, status.Errorf(codes.NotFound, "no %q", item)
	}
	return cents, nil
}

func main() {
	listener, err := net.Listen("tcp", ":"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	pricesapi.Register(server, prices{"lamp": 4900, "chair": 12900, "table": 24900})
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	go func() {
		<-stopped.Done()
		server.GracefulStop()
	}()
	log.Printf("prices: listening on %s", listener.Addr())
	if err := server.Serve(listener); err != nil {
		log.Fatal(err)
	}
}

// Package pricesapi is prices.proto in Go: what protoc would generate, without its comfort.
package pricesapi

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const method = "/shop.Prices/Price"

// Server is what serves prices: cents of one piece of an item.
type Server interface {
	Price(ctx context.Context, item string) (int64, error)
}

// Register makes the server answer for the service shop.Prices.
func Register(registrar grpc.ServiceRegistrar, server Server) {
	registrar.RegisterService(&grpc.ServiceDesc{
		ServiceName: "shop.Prices",
		HandlerType: (*Server)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Price", Handler: handle}},
		Metadata:    "prices.proto",
	}, server)
}

func handle(server any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	item := new(wrapperspb.StringValue)
	if err := decode(item); err != nil {
		return nil, err
	}
	cents, err := server.(Server).Price(ctx, item.GetValue())
	if err != nil {
		return nil, err
	}
	return wrapperspb.Int64(cents), nil
}

// Ask is the client's side: cents of one piece of an item.
func Ask(ctx context.Context, connection grpc.ClientConnInterface, item string) (int64, error) {
	cents := new(wrapperspb.Int64Value)
	if err := connection.Invoke(ctx, method, wrapperspb.String(item), cents); err != nil {
		return 0, err
	}
	return cents.GetValue(), nil
}

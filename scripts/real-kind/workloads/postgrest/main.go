// A stand-in for PostgREST, which no registry here has: the tables of the schema `public` as JSON, read only, with the
// settings and the admin port's /live and /ready that PostgREST documents.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func main() {
	pool, err := pgxpool.New(context.Background(), setting("PGRST_DB_URI", "postgresql://"))
	if err != nil {
		log.Fatal("PGRST_DB_URI is not understood") // the error holds the password
	}
	admin := http.NewServeMux()
	admin.HandleFunc("/live", func(http.ResponseWriter, *http.Request) {})
	admin.HandleFunc("/ready", func(w http.ResponseWriter, r *http.Request) {
		limited, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		if pool.Ping(limited) != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	if port := os.Getenv("PGRST_ADMIN_SERVER_PORT"); port != "" {
		go func() { log.Fatal(http.ListenAndServe(":"+port, admin)) }()
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	go func() { <-stop; os.Exit(0) }()
	log.Print("Listening on port " + setting("PGRST_SERVER_PORT", "3000"))
	log.Fatal(http.ListenAndServe(":"+setting("PGRST_SERVER_PORT", "3000"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, status := answer(r.Context(), pool, strings.Trim(r.URL.Path, "/"))
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		fmt.Fprintln(w, body)
	})))
}

// The rows of a table; the names of the tables where none is named.
func answer(ctx context.Context, pool *pgxpool.Pool, table string) (string, int) {
	query := "select table_name from information_schema.tables where table_schema = 'public' order by 1"
	if table != "" {
		query = "select * from " + pgx.Identifier{"public", table}.Sanitize()
	}
	var body string
	err := pool.QueryRow(ctx, "select coalesce(json_agg(r), '[]')::text from ("+query+") r").Scan(&body)
	if err != nil {
		message, _ := json.Marshal(map[string]string{"message": err.Error()})
		return string(message), http.StatusNotFound
	}
	return body, http.StatusOK
}

package main

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

// What NGINX is to serve; all of it is worked out before it is rendered.
type config struct {
	Version  int
	Settings map[string]string
	// Path of the default server's certificate and key, or nothing: then TLS connections to it are refused.
	DefaultPEM string
	Health     bool
	Upstreams  []upstream
	Servers    []server
}

type upstream struct {
	Name      string
	Addresses []string
}

type server struct {
	Host string
	TLS  bool
	// Only where there is TLS; gRPC needs it.
	HTTP2 bool
	// Nothing where the Secret is missing or holds no pair: then handshakes are refused.
	PEM      string
	Redirect bool
	// Every path of it is gRPC: then it does not listen in plain text.
	GRPCOnly bool
	Settings map[string]string
	Paths    []location
}

type location struct {
	// As it stands after `location`: an optional modifier and the path.
	Match     string
	Upstream  string
	GRPC      bool
	WebSocket bool
}

// Anything else could close the directive that it is written into.
var plainPath = regexp.MustCompile(`^/[^\s{};\\"'$]*$`)

// A path of any type but Exact is a prefix of the text, as it is in the published controller: /tea serves /teapot as well.
func matchOf(path, pathType string) (string, error) {
	if !plainPath.MatchString(path) {
		return "", fmt.Errorf("path %q holds a character that NGINX's configuration gives a meaning", path)
	}
	if pathType == "Exact" {
		return "= " + path, nil
	}
	return path, nil
}

// Setting gives the first of an annotation of the server and a key of the ConfigMap that is there.
func (s server) setting(all map[string]string, key, otherwise string) string {
	for _, given := range []string{s.Settings[key], all[key]} {
		if given != "" && !strings.ContainsAny(given, " ;{}\n") {
			return given
		}
	}
	return otherwise
}

var page = template.Must(template.New("nginx.conf").Parse(`daemon off;
pid /var/lib/nginx/nginx.pid;
error_log stderr notice;
worker_processes {{.Setting "worker-processes" "auto"}};
{{- with .Setting "worker-shutdown-timeout" ""}}
worker_shutdown_timeout {{.}};
{{- end}}
events { worker_connections {{.Setting "worker-connections" "1024"}}; }
http {
  server_tokens off;
  log_format main '$remote_addr - [$time_local] "$request" $status $body_bytes_sent $request_time $host $upstream_addr';
  access_log {{if eq (.Setting "access-log-off" "false") "true"}}off{{else}}/dev/stdout main{{end}};
  server_names_hash_bucket_size 256;
  server_names_hash_max_size 1024;
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  server {
    listen unix:/var/lib/nginx/config-version.sock;
    access_log off;
    location /configVersion { return 200 {{.Version}}; }
    location /stub_status { stub_status; }
  }
  server {
    listen unix:/var/lib/nginx/nobody.sock;
    access_log off;
    return 502;
  }
{{- range .Upstreams}}
  upstream {{.Name}} {
    zone {{.Name}} 256k;
    random two least_conn;
{{- range .Addresses}}
    server {{.}} max_fails=1 fail_timeout=10s;
{{- end}}
  }
{{- end}}
  server {
    listen 80 default_server;
    listen [::]:80 default_server;
    listen 443 ssl default_server;
    listen [::]:443 ssl default_server;
{{- if eq (.Setting "http2" "false") "true"}}
    http2 on;
{{- end}}
{{- if .DefaultPEM}}
    ssl_certificate {{.DefaultPEM}};
    ssl_certificate_key {{.DefaultPEM}};
{{- else}}
    ssl_reject_handshake on;
{{- end}}
    server_name _;
    access_log off;
{{- if .Health}}
    location /nginx-health { default_type text/plain; return 200 "healthy\n"; }
{{- end}}
    location / { return 404; }
  }
{{- range $server := .Servers}}
  server {
{{- if not .GRPCOnly}}
    listen 80;
    listen [::]:80;
{{- end}}
    server_name {{.Host}};
{{- if .TLS}}
    listen 443 ssl;
    listen [::]:443 ssl;
{{- if .HTTP2}}
    http2 on;
{{- end}}
{{- if .PEM}}
    ssl_certificate {{.PEM}};
    ssl_certificate_key {{.PEM}};
{{- else}}
    ssl_reject_handshake on;
{{- end}}
{{- if and .Redirect (not .GRPCOnly)}}
    if ($scheme = http) { return 301 https://$host:443$request_uri; }
{{- end}}
{{- end}}
{{- range .Paths}}
    location {{.Match}} {
{{- if .GRPC}}
      grpc_connect_timeout {{$.For $server "proxy-connect-timeout" "60s"}};
      grpc_read_timeout {{$.For $server "proxy-read-timeout" "60s"}};
      grpc_send_timeout {{$.For $server "proxy-send-timeout" "60s"}};
      client_max_body_size {{$.For $server "client-max-body-size" "1m"}};
      grpc_set_header Host $host;
      grpc_set_header X-Real-IP $remote_addr;
      grpc_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      grpc_set_header X-Forwarded-Proto $scheme;
      grpc_pass grpc://{{.Upstream}};
{{- else}}
      proxy_http_version 1.1;
      proxy_connect_timeout {{$.For $server "proxy-connect-timeout" "60s"}};
      proxy_read_timeout {{$.For $server "proxy-read-timeout" "60s"}};
      proxy_send_timeout {{$.For $server "proxy-send-timeout" "60s"}};
      client_max_body_size {{$.For $server "client-max-body-size" "1m"}};
      proxy_set_header Host $host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Forwarded-Proto $scheme;
{{- if .WebSocket}}
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
{{- end}}
      proxy_pass http://{{.Upstream}};
{{- end}}
    }
{{- end}}
  }
{{- end}}
}
`))

func (c config) Setting(key, otherwise string) string {
	return server{}.setting(c.Settings, key, otherwise)
}

func (c config) For(s server, key, otherwise string) string {
	return s.setting(c.Settings, key, otherwise)
}

func (c config) render() ([]byte, error) {
	slices.SortFunc(c.Upstreams, func(a, b upstream) int { return strings.Compare(a.Name, b.Name) })
	var out bytes.Buffer
	err := page.Execute(&out, c)
	return out.Bytes(), err
}

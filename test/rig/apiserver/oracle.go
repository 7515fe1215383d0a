package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/idna"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/rest"
)

// outcome is what kubectl makes of a kubeconfig and its flags before it contacts anybody.
type outcome struct {
	// Refusal is client-go's own sentence, and Stage where it says it: flags, config (clientcmd), url or transport.
	Refusal string `json:"refusal,omitempty"`
	Stage   string `json:"stage,omitempty"`

	Context   string `json:"context"`
	Cluster   string `json:"cluster"`
	User      string `json:"user"`
	Namespace string `json:"namespace"`

	// Server as the configuration has it, URL as it is requested, Dial the host and port that are connected to.
	Server        string `json:"server"`
	URL           string `json:"url,omitempty"`
	Dial          string `json:"dial,omitempty"`
	Proxy         string `json:"proxy,omitempty"`
	TLSServerName string `json:"tlsServerName,omitempty"`
	Insecure      bool   `json:"insecure,omitempty"`
	NoCompression bool   `json:"disableCompression,omitempty"`
	TimeoutMs     int64  `json:"timeoutMs,omitempty"`

	// CA, ClientCertificates and ClientKey are SHA-256 of what their PEM holds, one an item.
	CA                 []string `json:"ca,omitempty"`
	ClientCertificates []string `json:"clientCertificates,omitempty"`
	ClientKeys         []string `json:"clientKeys,omitempty"`

	Token        string              `json:"token,omitempty"`
	TokenFile    string              `json:"tokenFile,omitempty"`
	Username     string              `json:"username,omitempty"`
	Password     string              `json:"password,omitempty"`
	As           string              `json:"as,omitempty"`
	AsUID        string              `json:"asUid,omitempty"`
	AsGroups     []string            `json:"asGroups,omitempty"`
	AsUserExtra  map[string][]string `json:"asUserExtra,omitempty"`
	AuthProvider string              `json:"authProvider,omitempty"`
	Exec         []string            `json:"exec,omitempty"`
}

// oracle answers each line of the input by a line of JSON, for tests that would start kubectl thousands of times.
//
// A line is the path of a kubeconfig, or a JSON list of kubectl's flags, with variables (NAME=value) before them. A line
// that begins with pem, proxy or url asks about one of Go's own rules: see answerRule.
func oracle(input io.Reader, output io.Writer) error {
	lines := bufio.NewScanner(input)
	lines.Buffer(nil, 64<<20)
	answers := bufio.NewWriter(output)
	for lines.Scan() {
		answer, err := json.Marshal(answerLine(lines.Text()))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(answers, "%s\n", answer); err != nil {
			return err
		}
		// Whoever asks may wait for each answer before the next question.
		if err := answers.Flush(); err != nil {
			return err
		}
	}
	return lines.Err()
}

func answerLine(line string) (answer any) {
	defer func() {
		if problem := recover(); problem != nil {
			answer = outcome{Stage: "panic", Refusal: fmt.Sprint(problem)}
		}
	}()
	if rule, rest, found := strings.Cut(line, " "); found && (rule == "pem" || rule == "proxy" || rule == "url") {
		return answerRule(rule, rest)
	}
	args := []string{"--kubeconfig", line}
	if strings.HasPrefix(line, "[") {
		args = nil
		if err := json.Unmarshal([]byte(line), &args); err != nil {
			return outcome{Stage: "flags", Refusal: err.Error()}
		}
	}
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, value, _ := strings.Cut(args[0], "=")
		if before, had := os.LookupEnv(name); had {
			defer os.Setenv(name, before)
		} else {
			defer os.Unsetenv(name)
		}
		os.Setenv(name, value)
		args = args[1:]
	}
	return resolve(args)
}

// resolve does what kubectl does with its flags, by the code that kubectl has for it.
func resolve(args []string) (out outcome) {
	refused := func(stage string, err error) outcome {
		out.Stage, out.Refusal = stage, err.Error()
		return out
	}
	flags := genericclioptions.NewConfigFlags(true).WithDeprecatedPasswordFlag()
	set := pflag.NewFlagSet("kubectl", pflag.ContinueOnError)
	set.SetOutput(io.Discard)
	flags.AddFlags(set)
	if err := set.Parse(args); err != nil {
		return refused("flags", err)
	}
	loader := flags.ToRawKubeConfigLoader()
	raw, err := loader.RawConfig()
	if err != nil {
		return refused("config", err)
	}
	out.Context = first(*flags.Context, raw.CurrentContext)
	if context := raw.Contexts[out.Context]; context != nil {
		out.Cluster, out.User = context.Cluster, context.AuthInfo
	}
	out.Cluster, out.User = first(*flags.ClusterName, out.Cluster), first(*flags.AuthInfoName, out.User)
	out.Namespace, _, _ = loader.Namespace()
	config, err := flags.ToRESTConfig()
	if err != nil {
		return refused("config", err)
	}
	out.Server, out.Insecure, out.TLSServerName = config.Host, config.Insecure, config.ServerName
	out.NoCompression, out.TimeoutMs = config.DisableCompression, config.Timeout.Milliseconds()
	out.Token, out.TokenFile = config.BearerToken, config.BearerTokenFile
	out.Username, out.Password = config.Username, config.Password
	out.As, out.AsUID = config.Impersonate.UserName, config.Impersonate.UID
	out.AsGroups, out.AsUserExtra = config.Impersonate.Groups, config.Impersonate.Extra
	if config.AuthProvider != nil {
		out.AuthProvider = config.AuthProvider.Name
	}
	if config.ExecProvider != nil {
		out.Exec = append([]string{config.ExecProvider.Command}, config.ExecProvider.Args...)
	}
	server, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return refused("url", err)
	}
	out.URL, out.Dial = server.String(), dialled(server)
	if config.Proxy != nil {
		if proxy, err := config.Proxy(&http.Request{URL: server}); err == nil && proxy != nil {
			out.Proxy = proxy.String()
		}
	}
	if _, err := rest.HTTPClientFor(config); err != nil {
		return refused("transport", err)
	}
	// Loads what files hold into the data fields.
	if err := rest.LoadTLSFiles(config); err != nil {
		return refused("transport", err)
	}
	out.CA = blocks(config.CAData, "CERTIFICATE")
	out.ClientCertificates, out.ClientKeys = blocks(config.CertData, "CERTIFICATE"), blocks(config.KeyData, "")
	return out
}

// answerRule tells what Go's library makes of a piece of text: `pem "TEXT"` (SHA-256 of each certificate that it reads),
// `url "TEXT"` (what is dialled), `proxy ["NO_PROXY", "URL"]` (whether the proxy is used).
func answerRule(rule, text string) any {
	var values []string
	if !strings.HasPrefix(text, "[") {
		text = "[" + text + "]"
	}
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		return map[string]string{"refusal": err.Error()}
	}
	switch rule {
	case "pem":
		return blocks([]byte(values[0]), "CERTIFICATE")
	case "proxy":
		target, err := url.Parse(values[1])
		if err != nil {
			return map[string]string{"refusal": err.Error()}
		}
		config := httpproxy.Config{HTTPProxy: "http://proxy.invalid", HTTPSProxy: "http://proxy.invalid", NoProxy: values[0]}
		proxy, err := config.ProxyFunc()(target)
		return proxy != nil && err == nil
	}
	target, _, err := rest.DefaultServerURL(values[0], "", schema.GroupVersion{}, false)
	if err != nil {
		return map[string]string{"refusal": err.Error()}
	}
	return map[string]string{"url": target.String(), "dial": dialled(target)}
}

// dialled is what net/http's Transport connects to: canonicalAddr there.
func dialled(server *url.URL) string {
	host, port := server.Hostname(), server.Port()
	if ascii, err := idna.Lookup.ToASCII(host); err == nil && strings.ContainsFunc(host, func(c rune) bool { return c > 127 }) {
		host = ascii
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[server.Scheme]
	}
	return net.JoinHostPort(host, port)
}

func blocks(text []byte, only string) (hashes []string) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if only != "" && (block.Type != only || len(block.Headers) > 0) {
			continue
		}
		hash := sha256.Sum256(block.Bytes)
		hashes = append(hashes, hex.EncodeToString(hash[:]))
	}
	return hashes
}

func first(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}

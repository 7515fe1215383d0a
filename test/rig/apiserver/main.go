// A real kube-apiserver with its etcd in the same process, and a real kubectl of the same version, for tests.
//
// Called by the name kubectl it is kubectl, and by kubeconfig-oracle it tells what client-go makes of kubeconfigs (see
// oracle.go). Otherwise the first argument is a private directory for etcd's data and log, and the others are
// kube-apiserver's own flags. One program, because they share most of their code, and a second link would cost time
// and disk.
package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	if filepath.Base(os.Args[0]) == "kubectl" {
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			util.CheckErr(err)
		}
		return
	}
	if filepath.Base(os.Args[0]) == "kubeconfig-oracle" {
		// kubectl asks for a user name where a kubeconfig has none: it must find nobody there, and not the next question.
		questions, answers := os.Stdin, os.Stdout
		nobody, err := os.Open(os.DevNull)
		if err == nil {
			os.Stdin, os.Stdout = nobody, os.Stderr
			err = oracle(questions, answers)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: kube-apiserver DIRECTORY [flags of kube-apiserver]")
		os.Exit(2)
	}
	etcd, err := startEtcd(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		os.Exit(1)
	}
	os.Args = append([]string{"kube-apiserver", "--etcd-servers=" + etcd}, os.Args[2:]...)
	os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
}

// startEtcd serves etcd on free loopback ports and answers its URL. Nothing is synced to disk: the data need not
// outlive the machine, and syncing is the slowest thing on a shared one.
func startEtcd(directory string) (string, error) {
	// Port 0 lets the kernel choose, without the race of asking for a free port first and binding it later.
	anyPort := []url.URL{{Scheme: "http", Host: net.JoinHostPort("127.0.0.1", "0")}}
	config := embed.NewConfig()
	config.Dir = directory
	config.UnsafeNoFsync = true
	// Its gateway would forever call the advertised port, which is 0.
	config.EnableGRPCGateway = false
	config.LogLevel = "error"
	config.LogOutputs = []string{filepath.Join(directory, "etcd.log")}
	config.ListenClientUrls, config.AdvertiseClientUrls = anyPort, anyPort
	config.ListenPeerUrls, config.AdvertisePeerUrls = anyPort, anyPort
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return "", err
	}
	select {
	case <-etcd.Server.ReadyNotify():
		return "http://" + etcd.Clients[0].Addr().String(), nil
	case <-time.After(time.Minute):
		return "", fmt.Errorf("not ready after a minute")
	}
}

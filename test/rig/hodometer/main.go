// The HTTP side of Seldon Core 2's Hodometer: the two modules that it sends with, at the versions that it uses. It sends the
// events of its standard input, a line of JSON each, one after the other, and answers each with a line of JSON.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/dukex/mixpanel"
	"github.com/hashicorp/go-retryablehttp"
)

type event struct {
	Token      string                 `json:"token"`
	Name       string                 `json:"event"`
	DistinctID string                 `json:"distinct_id"`
	Time       int64                  `json:"time"`
	Properties map[string]interface{} `json:"properties"`
}

type outcome struct {
	// What the client library says; empty: the event was taken.
	Error string `json:"error"`
	// Requests that were made.
	Attempts int `json:"attempts"`
	// Longest time in milliseconds that the library would have waited before a retry.
	Wait int64 `json:"wait"`
	// Milliseconds of all the waits that it wanted.
	Waited int64 `json:"waited"`
}

func main() {
	url := flag.String("url", "", "address to publish to")
	// Hodometer waits 1 to 30 seconds, and as long as Retry-After says: nobody waits for that in a test.
	most := flag.Duration("wait", 30*time.Second, "longest wait before a retry")
	flag.Parse()

	var attempts int
	var wait, waited time.Duration
	client := retryablehttp.NewClient()
	client.RetryMax = 20
	client.Logger = log.New(io.Discard, "", 0)
	client.RequestLogHook = func(retryablehttp.Logger, *http.Request, int) { attempts++ }
	client.Backoff = func(least, longest time.Duration, attempt int, response *http.Response) time.Duration {
		wanted := retryablehttp.DefaultBackoff(least, longest, attempt, response)
		wait = max(wait, wanted)
		waited += wanted
		return min(wanted, *most)
	}

	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var one event
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			log.Fatal(err)
		}
		attempts, wait, waited = 0, 0, 0
		at := time.Unix(one.Time, 0)
		publisher := mixpanel.NewFromClient(client.StandardClient(), one.Token, *url)
		said := outcome{}
		err := publisher.Track(one.DistinctID, one.Name, &mixpanel.Event{IP: "0", Timestamp: &at, Properties: one.Properties})
		if err != nil {
			said.Error = err.Error()
		}
		said.Attempts, said.Wait, said.Waited = attempts, wait.Milliseconds(), waited.Milliseconds()
		if err := answers.Encode(said); err != nil {
			log.Fatal(err)
		}
	}
}

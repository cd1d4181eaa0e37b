package egress_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/tftsr/tftsr/internal/egress"
)

func ExampleNew() {
	client, err := egress.New(egress.Options{AllowedHosts: []string{"example.service-now.com"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://elsewhere.example/path?key=value", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := client.Do(req)
	if err != nil {
		fmt.Println(egress.SafeError(err))
		return
	}
	resp.Body.Close()
	// Output:
	// get elsewhere.example: request refused: elsewhere.example:443 is not on the list of allowed hosts; add it to egress.allowed_hosts
}

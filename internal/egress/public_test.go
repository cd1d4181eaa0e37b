package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestOnlyAddressesOfTheInternetArePublic(t *testing.T) {
	for addr, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700:4700::1111": true, "64:ff9b::808:808": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "127.9.9.9": false, "::1": false, "0.0.0.0": false, "::": false, "10.1.2.3": false, "172.16.0.1": false,
		"172.32.0.1": true, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "100.128.0.1": true, "fe80::1": false,
		"fd00::1": false, "fec0::1": false, "ff02::1": false, "224.0.0.1": false, "255.255.255.255": false, "240.1.1.1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b:1::1": false,
		"2002:7f00:1::": false, "2001::1": false, "198.18.0.1": false, "192.0.0.8": false, "192.0.2.1": false, "fe80::1%eth0": false,
	} {
		if got := public(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: public %v, want %v", addr, got, want)
		}
	}
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST.": true, "a.localhost": true, "[::1]": true, "10.0.0.1": true, "example.com": false, "8.8.8.8": false,
	} {
		if got := PrivateHost(host); got != want {
			t.Errorf("%s: private %v, want %v", host, got, want)
		}
	}
}

// A name may lead to a public address when it is looked at and to this
// machine when it is dialled; only the address that is dialled counts.
func TestPublicOnlyIsDecidedByTheAddressThatIsDialled(t *testing.T) {
	srv, ca := secure(t, func(http.ResponseWriter, *http.Request) { t.Error("a private address was reached") })
	_, port, _ := net.SplitHostPort(hostOf(t, srv))
	host := net.JoinHostPort("rebinding.example.com", port)
	c := mustNew(t, Options{AllowedHosts: []string{host}, CAFile: ca, PublicOnly: true})
	// What a resolver that was turned would make of the name.
	tr := c.Transport.(*guard).secure
	dial := tr.DialContext
	tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dial(ctx, network, net.JoinHostPort("127.0.0.1", port))
	}
	if _, err := get(t, c, "https://"+host+"/"); !errors.Is(err, ErrRefused) {
		t.Errorf("error %v, want ErrRefused", err)
	}
}

func TestPublicOnlyRefusesAddressesInURLs(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "[fd00::1]"} {
		for _, scheme := range []string{"http", "https"} {
			c := mustNew(t, Options{AllowedHosts: []string{strings.Trim(host, "[]")}, PublicOnly: true})
			if _, err := get(t, c, scheme+"://"+host+"/"); !errors.Is(err, ErrRefused) {
				t.Errorf("%s://%s: %v, want ErrRefused", scheme, host, err)
			}
		}
	}
}

func TestAnyHostMustBePublic(t *testing.T) {
	if _, err := New(Options{AnyHost: true}); err == nil {
		t.Error("any host was allowed, private ones too")
	}
	if _, err := New(Options{AnyHost: true, PublicOnly: true, AllowedHosts: []string{"example.com"}}); err == nil {
		t.Error("a list that means nothing was taken")
	}
	srv, ca := secure(t, func(http.ResponseWriter, *http.Request) { t.Error("a private address was reached") })
	if _, err := get(t, mustNew(t, Options{AnyHost: true, PublicOnly: true, CAFile: ca}), srv.URL); !errors.Is(err, ErrRefused) {
		t.Errorf("error %v, want ErrRefused", err)
	}
}

func TestStreamsOutlastTheTimeoutAndTheBoundOfBodies(t *testing.T) {
	srv, ca := secure(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		if r.URL.Path == "/json" {
			w.Header().Set("Content-Type", "application/json")
		}
		for range 20 {
			fmt.Fprintf(w, "data: %s\n\n", strings.Repeat("x", 100))
			_ = http.NewResponseController(w).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	})
	c := mustNew(t, Options{AllowedHosts: []string{hostOf(t, srv)}, CAFile: ca, Streams: true, Timeout: 100 * time.Millisecond, MaxResponseBytes: 500})
	body, err := get(t, c, srv.URL)
	if err != nil || strings.Count(body, "data:") != 20 {
		t.Errorf("%d events, %v", strings.Count(body, "data:"), err)
	}
	if _, err := get(t, c, srv.URL+"/json"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("what is no stream: %v, want ErrTooLarge", err)
	}
}

func TestHeaderOfAStreamIsWaitedForWithinTheTimeout(t *testing.T) {
	hold := make(chan struct{})
	srv, ca := secure(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-hold
	})
	defer close(hold)
	c := mustNew(t, Options{AllowedHosts: []string{hostOf(t, srv)}, CAFile: ca, Streams: true, Timeout: 100 * time.Millisecond})
	if _, err := get(t, c, srv.URL); err == nil {
		t.Error("the header never came and was waited for")
	}
}

package pii_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/tftsr/tftsr/internal/pii"
)

func ExampleScanner_Scan() {
	s, err := pii.NewScanner(pii.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	text := []byte("login of alice@example.com from 10.1.2.3 with password=hunter2")
	for _, f := range s.Scan(nil, text) {
		fmt.Printf("%2d-%2d %-8s %-14s %3d%% %s\n", f.Start, f.End, f.Type, f.Type.Class(), f.Confidence, f.Reason)
	}
	// Output:
	//  9-26 Email    personal        95% shape
	// 32-40 IPv4     infrastructure  90% shape+range
	// 55-62 Password secret          85% key:password
}

func ExampleScanner_ScanReader() {
	s, err := pii.NewScanner(pii.Options{Preset: pii.PresetSecretsOnly})
	if err != nil {
		fmt.Println(err)
		return
	}
	log := "started\nconnect to postgres://app:s3cr3t@db/app\n"
	stats, err := s.ScanReader(context.Background(), strings.NewReader(log), func(f pii.Finding, x pii.Excerpt) error {
		fmt.Printf("line %d: %s, %d bytes\n", x.Line, f.Type, f.End-f.Start)
		return nil
	})
	fmt.Println(stats.Lines, "lines,", stats.Redacted.Total(), "finding,", err)
	// Output:
	// line 2: UrlWithCredentials, 10 bytes
	// 2 lines, 1 finding, <nil>
}

func ExampleRedactor() {
	s, err := pii.NewScanner(pii.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := pii.NewRedactor(s, pii.NewMemoryAllocator(), pii.ModeRaw, os.Stdout)
	fmt.Fprintln(r, "alice@example.com wrote to bob@example.com")
	fmt.Fprintln(r, "ALICE@example.com said [Email_1]")
	if err := r.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// [Email_1] wrote to [Email_2]
	// [Email_1.2] said [=Email_1]
}

func ExampleScanner_RedactJSON() {
	s, err := pii.NewScanner(pii.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	doc := []byte(`{"user": "bob", "password": 12345678, "note": "mail alice@example.com"}`)
	out, _, err := s.RedactJSON(pii.NewMemoryAllocator(), pii.ModeRaw, doc)
	fmt.Println(string(out), err)
	// Output:
	// {"user": "[UserName_1]", "password": "[Password_1]", "note": "mail [Email_1]"} <nil>
}

func ExampleQuoteTokens() {
	fmt.Println(pii.QuoteTokens(`from [PrivateIPv4_12] port [0-9]+`))
	// Output:
	// from (?:\[PrivateIPv4_12\]) port [0-9]+
}

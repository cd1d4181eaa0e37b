package config_test

import (
	"fmt"

	"github.com/tftsr/tftsr/internal/config"
)

func ExampleLoad() {
	c, err := config.Load(config.Options{
		File:    "none",
		Environ: []string{"TFTSR_DATA_DIR=/srv/tftsr", "TFTSR_REVIEW=required"},
		Flags:   map[string]string{"writes.default": "deny"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range c.Values() {
		if v.Origin != "default" {
			fmt.Printf("%s = %s (%s)\n", v.Key, v.Value, v.Origin)
		}
	}
	// Output:
	// data_dir = /srv/tftsr (env TFTSR_DATA_DIR)
	// review = required (env TFTSR_REVIEW)
	// writes.default = deny (flag --writes)
}

// A misspelt setting is refused rather than ignored.
func ExampleLoad_misspelt() {
	_, err := config.Load(config.Options{File: "none", Environ: []string{"TFTSR_REVIEWS=required"}})
	fmt.Println(err)
	// Output:
	// environment variable TFTSR_REVIEWS is not known; did you mean TFTSR_REVIEW?
}

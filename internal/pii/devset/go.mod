module github.com/tftsr/tftsr/internal/pii/devset

go 1.26.0

require github.com/tftsr/tftsr v0.0.0

require golang.org/x/net v0.62.0 // indirect

replace github.com/tftsr/tftsr => ../../..

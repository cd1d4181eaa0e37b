//go:build !linux

package client

const asHolder = "hold"

func holder() int { return 1 }

//go:build !unix

package hostile

const offspringArg = "hostile-offspring"

func spawn() string { return "" }

func offspring([]string) int { return 0 }

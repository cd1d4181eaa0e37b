// Package shim is a process between tftsr and an MCP server that it starts: it sees to it that nothing outlives the one or the other. It
// imports the standard library only, so that it begins before the rest of the program is initialised, and stays small.
package shim

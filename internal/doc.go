// Package internal holds nothing itself: its test keeps the floors of the
// house apart.
package internal

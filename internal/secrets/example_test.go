package secrets_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tftsr/tftsr/internal/secrets"
)

// The first start makes the data key in the keyring; every later one finds it there.
func ExampleResolve() {
	dir, err := os.MkdirTemp("", "tftsr")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ring := &secrets.MemoryKeyring{} // elsewhere: secrets.SystemKeyring

	first, err := secrets.Resolve(context.Background(), secrets.Options{DataDir: dir, Keyring: ring})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer first.Close()
	second, err := secrets.Resolve(context.Background(), secrets.Options{DataDir: dir, Keyring: ring})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer second.Close()
	fmt.Println(first.Source(), first.ID() == second.ID())

	// Another key is an error, never a new start.
	_, err = secrets.Resolve(context.Background(), secrets.Options{DataDir: dir, DBKey: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="})
	fmt.Println(errors.Is(err, secrets.ErrKeyMismatch))
	// Output:
	// keyring true
	// true
}

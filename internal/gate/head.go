package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/tftsr/tftsr/internal/audit"
)

const (
	// headSlot is the size of one of the two places in a head file. A signed
	// head has some 250 bytes, and 800 with the longest names.
	headSlot = 1024
	// headSyncEvery is the time between two fsyncs of a head file. A head that
	// is lost in between is older than the record, which does no harm.
	headSyncEvery = time.Second
	// firstHeadWait is how long a start waits for the first head of a record
	// that has entries and none. It ends when the head is there; on a machine
	// that is busy that takes a while.
	firstHeadWait = 3 * time.Second
	// headLockWait bounds the wait for another process that writes its head.
	headLockWait = 2 * time.Second
)

var (
	// errNoHead is returned for a head file that is not there or empty.
	errNoHead = errors.New("there is no signed head")
	// errHeadForked is returned when the file holds, for the same size, a
	// valid signature of another root.
	errHeadForked = errors.New("the head file holds another signed head of the same size")
)

// headFile keeps the newest signed head of a record beside the database, see
// [heads]. It has two places of fixed size that are written in turn, each a signed note
// filled up with line feeds, so that a write that is cut short by a crash
// leaves the other one. Processes that share a data folder share the file;
// under its lock a head never replaces a newer one.
type headFile struct {
	path   string
	vkey   string
	origin string

	mu     sync.Mutex // Held while the file is read or written by this process.
	image  []byte     // Content of the file when it was last read or written.
	cur    audit.Head // The newest valid head of image.
	slot   int        // Its place; -1 when there is none.
	synced time.Time
	timer  *time.Timer // Set while an fsync is due.
}

func newHeadFile(path, vkey, origin string) *headFile {
	return &headFile{path: path, vkey: vkey, origin: origin, slot: -1}
}

// read returns the newest valid head. It returns errNoHead when there is no
// file or nothing in it, and an error that wraps [audit.ErrHead] when there
// is content of which no head is valid.
func (h *headFile) read() (audit.Head, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f, err := os.Open(h.path)
	if errors.Is(err, fs.ErrNotExist) {
		return audit.Head{}, errNoHead
	}
	if err != nil {
		return audit.Head{}, fmt.Errorf("signed head: %w", err)
	}
	defer func() { _ = f.Close() }() // Nothing was written.
	return h.load(f)
}

// load reads the places of the open file, unless they are as they were.
func (h *headFile) load(f *os.File) (audit.Head, error) {
	image := make([]byte, 2*headSlot)
	n, err := f.ReadAt(image, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return audit.Head{}, fmt.Errorf("signed head: %w", err)
	}
	image = image[:n]
	if h.slot >= 0 && bytes.Equal(image, h.image) {
		return h.cur, nil
	}
	h.image, h.slot, h.cur = image, -1, audit.Head{}
	var bad error
	empty := true
	for i := range 2 {
		place := image[min(i*headSlot, n):min((i+1)*headSlot, n)]
		place = bytes.TrimRight(place, "\n\x00")
		if len(place) == 0 {
			continue
		}
		empty = false
		got, err := audit.OpenHead(h.vkey, append(bytes.Clone(place), '\n'))
		if err == nil && got.Origin != h.origin {
			err = fmt.Errorf("%w: it is of another record", audit.ErrHead)
		}
		if err != nil {
			bad = err
		} else if h.slot < 0 || got.Size > h.cur.Size {
			h.cur, h.slot = got, i
		}
	}
	switch {
	case h.slot >= 0:
		return h.cur, nil
	case empty:
		return audit.Head{}, errNoHead
	}
	return audit.Head{}, bad
}

// write puts a signed head into the file, unless a newer one is there. It
// does not wait for the disk.
func (h *headFile) write(ctx context.Context, head audit.Head, signed []byte) error {
	if len(signed) > headSlot {
		return fmt.Errorf("signed head has %d bytes, more than %d: the name of the record is too long", len(signed), headSlot)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	lock := flock.New(h.path+".lock", flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(ctx, headLockWait)
	defer cancel()
	if ok, err := lock.TryLockContext(ctx, time.Millisecond); !ok {
		return fmt.Errorf("lock of the signed head: %w", err)
	}
	defer func() { _ = lock.Close() }() // Closing the descriptor is what unlocks.
	f, err := os.OpenFile(h.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("signed head: %w", err)
	}
	cur, err := h.load(f)
	switch {
	case err == nil && cur.Size == head.Size && !cur.Chain() && cur.Root != head.Root:
		err = errHeadForked
	case err == nil && (cur.Size > head.Size || cur.Size == head.Size && !cur.Chain()):
		// This one is there already, or another process is ahead.
	case err == nil || errors.Is(err, errNoHead) || errors.Is(err, audit.ErrHead):
		err = h.put(f, head, signed)
	}
	if cerr := f.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("signed head: %w", cerr)
	}
	return err
}

// replace leaves nothing but this head in the file, whatever was there: the
// database was put back, and says so.
func (h *headFile) replace(ctx context.Context, head audit.Head, signed []byte) error {
	h.mu.Lock()
	lock := flock.New(h.path+".lock", flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(ctx, headLockWait)
	defer cancel()
	err := func() error {
		defer h.mu.Unlock()
		if ok, err := lock.TryLockContext(ctx, time.Millisecond); !ok {
			return fmt.Errorf("lock of the signed head: %w", err)
		}
		defer func() { _ = lock.Close() }() // Closing the descriptor is what unlocks.
		f, err := os.OpenFile(h.path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return fmt.Errorf("signed head: %w", err)
		}
		h.image, h.slot = nil, -1
		err = h.put(f, head, signed)
		if cerr := f.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("signed head: %w", cerr)
		}
		return err
	}()
	if err != nil {
		return err
	}
	return h.sync()
}

// put writes a head into the place that does not hold the newest one.
func (h *headFile) put(f *os.File, head audit.Head, signed []byte) error {
	slot := 0
	if h.slot == 0 {
		slot = 1
	}
	place := append(bytes.Clone(signed), bytes.Repeat([]byte("\n"), headSlot-len(signed))...)
	if _, err := f.WriteAt(place, int64(slot)*headSlot); err != nil {
		h.slot = -1 // Read it again the next time.
		return fmt.Errorf("signed head: %w", err)
	}
	for len(h.image) < slot*headSlot {
		h.image = append(h.image, 0)
	}
	h.image = append(h.image[:slot*headSlot], append(place, h.image[min(len(h.image), (slot+1)*headSlot):]...)...)
	h.cur, h.slot = head, slot
	if h.timer == nil {
		h.timer = time.AfterFunc(max(0, headSyncEvery-time.Since(h.synced)), func() { _ = h.sync() }) // Reported by the sync at close.
	}
	return nil
}

// sync makes the newest head durable.
func (h *headFile) sync() error {
	h.mu.Lock()
	if h.timer != nil {
		h.timer.Stop()
		h.timer = nil
	}
	h.synced = time.Now()
	h.mu.Unlock()
	// Not under the lock: a slow disk must not hold up the next head.
	f, err := os.OpenFile(h.path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("signed head: %w", err)
	}
	err = f.Sync()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = syncDir(filepath.Dir(h.path))
	}
	if err != nil {
		return fmt.Errorf("signed head: %w", err)
	}
	return nil
}

// syncDir makes the name of a new file durable. Where folders cannot be
// synchronised, as on Windows, their changes are durable already.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync() // Some file systems refuse this on folders.
	return d.Close()
}

package gate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tftsr/tftsr/internal/audit"
)

// headEvery is how long a head that nobody waits for is put off after the first
// entry that it is of. The intent of a call and its outcome so have one, signed
// when the answer has left and not while the call is served: a head costs a tenth
// of the call. A crash leaves what was written meanwhile without a signed head,
// as it does what was written while a head was being signed; the next start says
// how much.
const headEvery = 5 * time.Millisecond

// heads signs the record as it grows, beside the commits: while the disk takes
// one group, the head of the one before is signed and written. Of those that
// wait the newest counts. From time to time a signed head goes to the anchors.
type heads struct {
	signer  *audit.HeadSigner
	file    *headFile
	anchors *anchors
	failed  func(err error) // Told of what no caller is told of.

	mu     sync.Mutex
	next   *extent          // To be signed.
	from   time.Time        // Since when there is one to be signed.
	asked  []*pending       // Barriers, which are done when it is.
	signed audit.Checkpoint // The newest one that is in the file.
	err    error            // Why the newest one is not.
	hurry  bool             // Somebody waits for the next one.
	closed bool
	moved  *sync.Cond // Signalled when signed or err has changed.
	wake   chan struct{}
	ended  chan struct{}

	// Of the goroutine alone.
	marked int64       // Size of what the anchors have.
	since  time.Time   // When the first head was signed that they have not.
	late   *time.Timer // Due while there is one.
}

func newHeads(signer *audit.HeadSigner, file *headFile, a *anchors, failed func(error)) *heads {
	h := &heads{signer: signer, file: file, anchors: a, failed: failed, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	h.moved = sync.NewCond(&h.mu)
	return h
}

// push asks for the head of x, and to answer barriers after it. It does not
// wait. x is not changed any more.
func (h *heads) push(x extent, asked []*pending) {
	h.mu.Lock()
	fresh := h.next == nil
	if fresh {
		h.from = time.Now()
	}
	h.next = &x
	h.asked = append(h.asked, asked...)
	h.hurry = h.hurry || len(asked) > 0
	fresh = fresh || h.hurry
	h.mu.Unlock()
	if fresh { // Else it is waiting already, and takes the newest.
		h.poke()
	}
}

func (h *heads) poke() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// lag is how many entries of x are without a signed head, and whether the last
// try to give them one failed.
func (h *heads) lag(x extent) (entries int64, failed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return x.size() - h.signed.Size, h.err != nil
}

// settle asks for the head of x and waits until it is in the file or cannot be.
func (h *heads) settle(x extent) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next, h.err, h.hurry = &x, nil, true
	h.poke()
	for h.err == nil && h.signed.Size < x.size() {
		h.moved.Wait()
	}
	return h.err
}

// run is the goroutine. It ends after stop, when nothing is left.
func (h *heads) run() {
	defer close(h.ended)
	h.since, h.marked = time.Now(), h.signed.Size // For what was written at the start.
	h.late = time.NewTimer(audit.CheckpointAfter)
	defer h.late.Stop()
	rest := time.NewTimer(headEvery)
	defer rest.Stop()
	for {
		h.mu.Lock()
		if early := headEvery - time.Since(h.from); h.next != nil && early > 0 && !h.hurry && !h.closed {
			h.mu.Unlock()
			rest.Reset(early)
			select {
			case <-h.wake:
			case <-rest.C:
			}
			continue
		}
		x, asked, closed := h.next, h.asked, h.closed
		h.next, h.asked, h.hurry = nil, nil, false
		h.mu.Unlock()
		if x == nil {
			if closed {
				return
			}
			select {
			case <-h.wake:
			case <-h.late.C:
				h.mark()
			}
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), appendTimeout)
		err := h.sign(ctx, *x)
		cancel()
		if err != nil {
			h.failed(err)
		} else {
			h.due()
		}
		for _, p := range asked {
			if p.mark && err == nil {
				h.mark()
			}
			p.head, p.err = h.signed, err
			close(p.done)
		}
	}
}

// stop lets run end, after what was pushed before.
func (h *heads) stop() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.poke()
	<-h.ended
}

// sign signs x and puts it into the head file.
func (h *heads) sign(ctx context.Context, x extent) error {
	head := audit.Head{Origin: h.file.origin, Size: x.size(), Root: x.tree.Root()}
	note, err := h.signer.Sign(head)
	if err == nil {
		err = h.file.write(ctx, head, note)
	}
	if errors.Is(err, errHeadForked) {
		err = fmt.Errorf("%w: forked: %w", ErrTampered, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err = err; err == nil {
		h.signed = audit.Checkpoint{Head: head, Note: note}
	}
	h.moved.Broadcast()
	return err
}

// due hands the head to the anchors when there are enough entries that they
// have not, or has it done when some time has passed.
func (h *heads) due() {
	switch now := time.Now(); {
	case h.signed.Size-h.marked >= audit.CheckpointEvery || !h.since.IsZero() && now.Sub(h.since) >= audit.CheckpointAfter:
		h.mark()
	case h.since.IsZero():
		h.since = now
		h.late.Reset(audit.CheckpointAfter)
	}
}

// mark hands the newest signed head to the anchors.
func (h *heads) mark() {
	h.since = time.Time{}
	h.late.Stop()
	if h.signed.Size > h.marked {
		h.marked = h.signed.Size
		h.anchors.push(h.signed)
	}
}

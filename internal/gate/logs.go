package gate

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

const (
	// maxLogFindings is how many distinct values of a log are listed one by
	// one. Further ones are redacted all the same and listed by type.
	maxLogFindings = 20_000
	// maxLogName is the length of a log's name in bytes.
	maxLogName = 255
	// maxExtensions is how many extensions a log's name may have: ".log.1.gz".
	maxExtensions = 3
)

// LogRequest is a log to redact.
type LogRequest struct {
	IssueID string
	Name    string // File name; a folder before it is dropped.
	// R is read to its end; gzip is recognised. If R is an [io.Seeker] it is
	// read twice, so that a value which one line gives away is found in the
	// lines before it too.
	R io.Reader
	// MaxBytes bounds the text, after decompression. 0 means
	// limits.max_redact_bytes, which it cannot exceed.
	MaxBytes int64
	// Progress, if not nil, is called now and then with the number of bytes
	// read from R. With two readings it starts again.
	Progress func(read int64)
}

// RedactLog redacts a log and stores it with its spans and distinct findings,
// which it returns in order of first appearance. Nothing of the log is visible
// before all of it is stored, and nothing stays of it after an error. Memory
// does not grow with the log. Bytes outside findings are kept as they are, but
// for look-alikes of tokens, which are escaped.
//
// The digest of the original is keyed per issue: see [DigestKey]. Spans are
// offsets in the text, which for gzip is the decompressed one.
func (c *clearer) RedactLog(ctx context.Context, req LogRequest) (*triage.Log, []store.LogFinding, error) {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return nil, nil, ErrNoCaller
	}
	if req.IssueID == "" || req.R == nil {
		return nil, nil, errors.New("redact log: an issue and a log are needed")
	}
	name, err := c.logName(ctx, req.Name)
	if err != nil {
		return nil, nil, err
	}
	key, err := c.KeyFor(ctx, []string{req.IssueID})
	if err != nil {
		return nil, nil, err
	}
	if err := c.learnLog(ctx, req); err != nil {
		return nil, nil, fmt.Errorf("redact log: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, nil, fmt.Errorf("redact log: make an id: %w", err)
	}
	l := &triage.Log{
		ID:        id.String(),
		Owner:     caller.ID,
		IssueID:   req.IssueID,
		Name:      name,
		Review:    triage.Unreviewed,
		CreatedAt: c.now().UTC(),
	}
	findings, err := c.storeLog(ctx, req, l, key)
	if err != nil {
		return nil, nil, fmt.Errorf("redact log: %w", err)
	}
	return l, findings, nil
}

// logName returns the redacted base name of a log.
func (c *clearer) logName(ctx context.Context, name string) (string, error) {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	name, _, err := c.RedactText(ctx, pii.ModeRaw, cutText(name, maxLogName))
	// A host or an address with ".log.1.gz" behind it is neither any more: it
	// is looked for without each extension too.
	ext := ""
	for range maxExtensions {
		i := strings.LastIndexByte(name, '.')
		if err != nil || i <= 0 {
			break
		}
		name, ext = name[:i], name[i:]+ext
		name, _, err = c.RedactText(ctx, pii.ModeCleared, name)
	}
	if err != nil {
		return "", fmt.Errorf("redact the name of a log: %w", err)
	}
	if name += ext; name == "" {
		name = "log"
	}
	return name, nil
}

// learnLog gives tokens to all values of a log that can be read twice. So the
// second reading knows them all and needs no transaction for one.
func (c *clearer) learnLog(ctx context.Context, req LogRequest) error {
	seeker, ok := req.R.(io.Seeker)
	if !ok {
		return nil
	}
	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil // A pipe has the method and cannot do it.
	}
	e, err := c.current(ctx)
	if err != nil {
		return err
	}
	src, err := c.openLog(req, sha256.New())
	if err != nil {
		return err
	}
	if err := c.learn(ctx, e, src); err != nil {
		return err
	}
	if _, err := seeker.Seek(start, io.SeekStart); err != nil {
		return fmt.Errorf("read the log again: %w", err)
	}
	return nil
}

// storeLog redacts the log into the store and completes l.
func (c *clearer) storeLog(ctx context.Context, req LogRequest, l *triage.Log, key DigestKey) ([]store.LogFinding, error) {
	e, err := c.current(ctx)
	if err != nil {
		return nil, err
	}
	src, err := c.openLog(req, key.new())
	if err != nil {
		return nil, err
	}
	w, err := c.store.NewLog(ctx, l.ID)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	sink := newLogSink(w)
	defer sink.close()

	a := &direct{v: c.vault, ctx: ctx}
	s := e.Stream(a, pii.ModeRaw, sink, sink.finding)
	err = c.pump(ctx, src, s, pumpHooks{before: func(ctx context.Context, b []byte) error {
		return a.prefetch(ctx, e, pii.ModeRaw, b)
	}})
	if err != nil {
		return nil, err
	}
	l.OriginalSHA256 = hex.EncodeToString(src.digest.Sum(nil))
	l.OriginalBytes = src.raw
	l.Compressed = src.zipped
	return sink.commit(ctx, l)
}

// logSource is the text of a log, with count and digest of the bytes it came
// from.
type logSource struct {
	text     io.Reader
	zipped   bool
	raw      int64
	digest   hash.Hash
	progress func(int64)
}

func (c *clearer) openLog(req LogRequest, digest hash.Hash) (*logSource, error) {
	limit := c.config.Limits.MaxRedactBytes
	if req.MaxBytes > 0 && (limit <= 0 || req.MaxBytes < limit) {
		limit = req.MaxBytes
	}
	if limit <= 0 {
		return nil, errors.New("limits.max_redact_bytes is not set")
	}
	src := &logSource{digest: digest, progress: req.Progress}
	text, zipped, err := unzip(bufio.NewReaderSize(logRaw{src, req.R}, 64<<10))
	if err != nil {
		return nil, err
	}
	src.zipped = zipped
	// What stands in it in UTF-16 nobody would find.
	plain, ok := text.(*bufio.Reader)
	if !ok {
		plain = bufio.NewReaderSize(text, 32<<10)
	}
	if text, _, err = pii.ToUTF8(plain); err != nil {
		return nil, err
	}
	src.text = &bounded{r: text, left: limit, limit: limit}
	return src, nil
}

func (s *logSource) Read(p []byte) (int, error) { return s.text.Read(p) }

// logRaw counts and digests what passes.
type logRaw struct {
	s *logSource
	r io.Reader
}

func (r logRaw) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.s.raw += int64(n)
	r.s.digest.Write(p[:n])
	if r.s.progress != nil && n > 0 {
		r.s.progress(r.s.raw)
	}
	return n, err
}

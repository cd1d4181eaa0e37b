package sqlite

import (
	"context"
	"errors"
)

// write runs fn in a transaction on the connection for writing. The
// transaction takes the lock of the database first, so that what fn reads
// cannot change under it in any process. It is durable when write returns nil,
// and undone when write returns an error.
func (db *DB) write(ctx context.Context, fn func(*conn) error) error {
	release, err := db.use()
	if err != nil {
		return err
	}
	defer release()
	select {
	case db.writing <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-db.writing }()
	return db.fault(ctx, db.transact(ctx, fn))
}

// transact is write for a caller that holds db.writing.
func (db *DB) transact(ctx context.Context, fn func(*conn) error) (err error) {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	c := db.writer
	if c == nil { // It was given up after a panic.
		if c, err = db.openConn(ctx); err != nil {
			return err
		}
		db.writer = c
	}
	c.SetInterrupt(ctx)
	finished := false
	defer func() {
		if !finished {
			db.writer = nil
			c.discard()
			return
		}
		c.SetInterrupt(context.Background())
	}()
	err = func() error {
		if _, err := c.exec("BEGIN IMMEDIATE"); err != nil {
			return err
		}
		err := fn(c)
		if err == nil {
			err = c.commit()
		}
		if err != nil && !c.GetAutocommit() {
			c.SetInterrupt(context.Background()) // or an ended context would keep the transaction open
			_, undone := c.exec("ROLLBACK")
			err = errors.Join(err, undone)
		}
		return err
	}()
	finished = true
	return err
}

// read runs fn on a connection on which nothing is written. Each statement
// sees one state of the database; statements of one fn may see several.
func (db *DB) read(ctx context.Context, fn func(*conn) error) error {
	return db.reading(ctx, true, fn)
}

// readLong is read for what may take so long that writes must not wait for it.
func (db *DB) readLong(ctx context.Context, fn func(*conn) error) error {
	return db.reading(ctx, false, fn)
}

func (db *DB) reading(ctx context.Context, borrow bool, fn func(*conn) error) error {
	release, err := db.use()
	if err != nil {
		return err
	}
	defer release()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	c, err := db.reader(ctx, borrow)
	if err != nil {
		return db.fault(ctx, err)
	}
	finished := false
	defer func() {
		if !finished {
			db.abandon(c)
			return
		}
		c.SetInterrupt(context.Background())
		if c == db.writer {
			<-db.writing
			return
		}
		db.readers <- c
	}()
	c.SetInterrupt(ctx)
	err = db.fault(ctx, fn(c))
	finished = true
	return err
}

// reader returns an idle connection. What may be short borrows the one for
// writing while that is idle: it knows what it wrote last, where every other
// one has to read and decrypt the pages anew after each commit, and a server
// at rest needs no second one.
func (db *DB) reader(ctx context.Context, borrow bool) (*conn, error) {
	if borrow {
		select {
		case db.writing <- struct{}{}:
			if db.writer != nil {
				return db.writer, nil
			}
			<-db.writing
		default:
		}
	}
	select {
	case c := <-db.readers:
		return c, nil
	default:
	}
	if int(db.opened.Add(1)) <= db.opts.Readers {
		c, err := db.openReader(ctx)
		if err != nil {
			db.opened.Add(-1)
		}
		return c, err
	}
	db.opened.Add(-1)
	select {
	case c := <-db.readers:
		return c, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (db *DB) openReader(ctx context.Context) (*conn, error) {
	c, err := db.openConn(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.Exec("PRAGMA query_only = ON"); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// snapshot runs fn so that all its statements see one state of the database.
// It also takes the locks of a read once instead of once a statement, which
// for small statements is most of what they cost.
func (c *conn) snapshot(fn func() error) (err error) {
	if _, err := c.exec("BEGIN"); err != nil {
		return err
	}
	defer func() {
		c.SetInterrupt(context.Background()) // or an ended context would keep the transaction open
		if !c.GetAutocommit() {
			_, end := c.exec("ROLLBACK") // There is nothing to commit.
			err = errors.Join(err, end)
		}
	}()
	return fn()
}

// abandon gives up a connection after a panic.
func (db *DB) abandon(c *conn) {
	if c == db.writer {
		db.writer = nil
		c.discard()
		<-db.writing
		return
	}
	c.discard()
	db.opened.Add(-1)
}

// discard gives up a connection after a panic, which may have come from a
// callback or from within the engine: nothing is known of its state, so it is
// never used again. Closing it lets go of its locks.
func (c *conn) discard() {
	defer func() { _ = recover() }()
	c.SetInterrupt(context.Background())
	_ = c.close()
}

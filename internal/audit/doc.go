// Package audit defines the record: what an entry is, how entries are linked
// into a hash chain, how the newest head is signed, and how anybody who holds
// the entries and the public key proves that nothing was edited, removed,
// inserted, reordered or cut off.
//
// A chain alone shows accidents and clumsy edits. Whoever can write the
// database can recompute all of it, or drop its tail; what shows that is the
// signed [Head], which is kept elsewhere and needs a key that the database
// does not hold. Code that runs as the same user can reach that key too: a
// copy of a signed head on another machine is what stands against it.
//
// The package is pure. It opens no file and no database, reads no clock, and
// never decides what may be recorded.
package audit

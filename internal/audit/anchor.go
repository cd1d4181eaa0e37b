package audit

// Anchor is a head whose signature was checked, and the place that it is from.
type Anchor struct {
	Head
	From string // "audit.head"; shown in findings
	// Current says that the place was written anew when the database was last put
	// back, so that what it holds is of no history that was given up then.
	Current bool
}

// reach compares the anchors that the entries have come up to.
func (v *Verifier) reach() {
	for ; v.due < len(v.anchors) && v.anchors[v.due].Size < v.next; v.due++ {
		if a := v.anchors[v.due]; a.Size == v.next-1 {
			v.compare(a)
		}
	}
}

// compare compares an anchor of the size that was just reached. Once entries
// are missing, doubled or moved, which is a finding of its own, the tree is of
// others than those that were signed.
func (v *Verifier) compare(a Anchor) {
	fits := a.Chain() && a.Newest == v.last || !a.Chain() && a.Root == v.tree.Root()
	switch {
	case fits:
		v.fitting = max(v.fitting, a.Size)
	case !v.broken:
		v.misfits = append(v.misfits, a)
	}
}

// reportAnchors says what the entries and the signed heads have to do with
// one another.
func (v *Verifier) reportAnchors(r *Report, tailMayBeUnsigned bool) {
	size := v.next - 1
	newest := Anchor{Head: Head{Size: -1}}
	var beyond Anchor
	for _, a := range v.anchors {
		switch {
		case a.Size > size && v.restored(a):
			continue // It is of a history that a signed entry says was given up.
		case a.Size > size && a.Size > beyond.Size:
			beyond = a
		}
		if a.Size > newest.Size {
			newest = a
		}
	}
	if newest.Size >= 0 {
		h := newest.Head
		r.Signed, r.Head.Origin = &h, h.Origin
		if size > h.Size {
			v.note(KindUnsigned, h.Size+1, tailMayBeUnsigned, "entries %d to %d are not covered by a signed head", h.Size+1, size)
		}
	}
	if beyond.Size > 0 {
		v.note(KindTruncated, size+1, false, "the record was cut off or put back: it has %d entries, %s says %d", size, beyond.From, beyond.Size)
	}
	for _, a := range v.misfits {
		switch {
		case v.restored(a):
			continue
		case v.fitting >= a.Size:
			v.note(KindForked, a.Size, false, "two histories were signed: the first %d entries are not those of the checkpoint of %s, and were signed as well", a.Size, a.From)
		default:
			v.note(KindRewritten, a.Size, false, "the record was rewritten: the first %d entries are not those that %s was signed for; up to %d they are", a.Size, a.From, v.fitting)
		}
		return // The others follow from the first.
	}
}

// restored reports whether an anchor that does not fit is one of those that a
// signed entry names as given up when the database was put back. One of the
// history since then is not, so that a second rollback shows.
func (v *Verifier) restored(a Anchor) bool {
	seq, ok := v.givenUp[a.Name()]
	return ok && !a.Current && v.fitting >= seq
}

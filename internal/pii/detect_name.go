package pii

// capitalised is called at a word, b[start:end], that starts with an upper-case letter and goes on with a lower-case
// one. It may begin the name of a person or a street.
func (e *engine) capitalised(start, end int) {
	_, _ = start, end
}

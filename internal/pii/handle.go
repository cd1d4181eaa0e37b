package pii

// isHandle reports whether v is how a program shows an object or an identifier rather than a secret: a hexadecimal
// number, as ZooKeeper writes its sessions (0x15d5fb4d8a90001), or a class with what is in it, or its hash code, as Java
// does (Token{2d72a0bc ActivityRecord{…, android.os.BinderProxy@42fd5a98).
func isHandle(v []byte) bool {
	if len(v) > 2 && len(v) <= 18 && v[0] == '0' && v[1]|0x20 == 'x' {
		return allOf(v[2:], chHex)
	}
	i := 0
	for i < len(v) && (isLetter(v[i]) || v[i] == '.' || v[i] == '$') {
		i++
	}
	if i == 0 || i == len(v) {
		return false
	}
	switch v[i] {
	case '{':
		return true
	case '@':
		return len(v)-i <= 17 && allOf(v[i+1:], chHex)
	}
	return false
}

// trimLineEnds drops line ends, as such or as escapes with any number of backslashes, from the end of v.
func trimLineEnds(v []byte) []byte {
	for len(v) > 2 {
		last := v[len(v)-1]
		switch {
		case last == '\n' || last == '\r' || last == ' ':
			v = v[:len(v)-1]
		case (last == 'n' || last == 'r') && v[len(v)-2] == '\\':
			v = v[:len(v)-1]
			for len(v) > 0 && v[len(v)-1] == '\\' {
				v = v[:len(v)-1]
			}
		default:
			return v
		}
	}
	return v
}

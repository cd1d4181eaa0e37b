package pii

// homePath is called at "home/" or "Users", which may be in a path, and reports the account whose directory it is: /home/alice,
// /Users/alice, C:\Users\alice, C:\Documents and Settings\alice. Accounts that images and build services come with
// (/home/runner, /home/ubuntu) stay.
func (e *engine) homePath(i int) {
	b := e.b
	if i == 0 {
		return
	}
	switch sep := b[i-1]; b[i] {
	case 'h':
		if sep == '/' && homeRoot(b, i-1) {
			e.dirUser(i+5, '/')
		}
	case 'U':
		j := i + 5
		if j >= len(b) {
			return
		}
		if sep == '/' && b[j] == '/' && usersRoot(b, i-1) {
			e.dirUser(j+1, '/')
		} else if sep == '\\' && b[j] == '\\' && e.drive(i-1) {
			e.dirUser(run1(b, j, '\\'), '\\')
		}
	case 'D':
		const words = `Documents and Settings\`
		if sep == '\\' && e.drive(i-1) {
			e.dirUser(run1(b, i+len(words)-1, '\\'), '\\')
		}
	}
}

// run1 returns the end of the run of up to four bytes c at i.
func run1(b []byte, i int, c byte) int {
	j := i
	for j < len(b) && j < i+4 && b[j] == c {
		j++
	}
	return j
}

// homeRoot reports whether the "/home" whose slash is at i is the directory of homes of a file system and no part of a
// URL or of another path.
func homeRoot(b []byte, i int) bool {
	start := runBack(b, i, i-24, chHost)
	if start == i {
		return !methodBefore(b, i)
	}
	if start == 0 || b[start-1] != '/' || start > 1 && is(b[start-2], chHost|chURL) {
		return false
	}
	switch string(b[start:i]) {
	case "export", "nfs", "mnt", "data", "net", "gpfs", "lustre", "usr", "var", "rootfs", "host", "srv", "private", "scratch":
		return true
	}
	return false
}

// usersRoot is homeRoot for "/Users": of macOS, or of a Windows drive in the spelling of a URL or a POSIX layer.
func usersRoot(b []byte, i int) bool {
	start := runBack(b, i, i-24, chHost)
	if start == i {
		if i > 1 && b[i-1] == ':' && isLetter(b[i-2]) { // C:/Users
			return i == 2 || !isWord(b[i-3])
		}
		return !methodBefore(b, i)
	}
	if start == 0 || b[start-1] != '/' {
		return false
	}
	w := b[start:i]
	return len(w) == 1 && isLetter(w[0]) || string(w) == "Data" || string(w) == "private" // /c/Users, /mnt/c/Users
}

// methodBefore reports whether the path at i is the target of an HTTP request: `GET /home/x`.
func methodBefore(b []byte, i int) bool {
	if i == 0 || b[i-1] != ' ' {
		return false
	}
	switch string(b[runBack(b, i-1, i-9, chUpper) : i-1]) {
	case "GET", "POST", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS":
		return true
	}
	return false
}

// drive reports whether the backslashes that end before i+1 follow the letter of a drive and its colon.
func (e *engine) drive(i int) bool {
	b := e.b
	for n := 0; i > 0 && n < 4 && b[i] == '\\'; n++ {
		i--
	}
	return i > 0 && b[i] == ':' && isLetter(b[i-1])
}

// dirUser reports the account whose directory starts at i. In Windows it may have spaces if the path goes on.
func (e *engine) dirUser(i int, sep byte) {
	b := e.b
	end := i
	space := -1
	for end < len(b) && end <= i+maxUser && (isUserByte(b[end]) || b[end] == '@' || sep == '\\' && b[end] == ' ') {
		if b[end] == ' ' && space < 0 {
			space = end
		}
		end++
	}
	goesOn := end < len(b) && b[end] == sep
	if space >= 0 && !goesOn {
		end = space
	}
	for end > i && (b[end-1] == '.' || b[end-1] == ' ') {
		end--
	}
	name := b[i:end]
	if len(name) < 2 || len(name) > maxUser || !isLetter(name[0]) && name[0] < 0x80 && !isDigit(name[0]) || allOf(name, chDigit) {
		return
	}
	if !isPerson(name) || inSet(publicDirs, name) || !goesOn && fileName(name) {
		return
	}
	e.add(i, end, UserName, ruleUserPath, Reason{Bits: ReasonStructure}, 88)
}

// publicDirs stand where the directory of an account would and belong to all or to none.
var publicDirs = wordSet(`public default all defaultuser0 shared guest lost+found linuxbrew work build src ci
administrator .ecryptfs username you yourname your-username your_username userprofile my me`)

// fileName reports whether name ends like that of a page or a file.
func fileName(name []byte) bool {
	for i := len(name) - 1; i > 0 && len(name)-i <= 6; i-- {
		if name[i] == '.' {
			return inSet(fileSuffixes, name[i+1:])
		}
	}
	return false
}

var fileSuffixes = wordSet(`html htm php jsp js css png jpg gif svg ico txt log xml json yaml yml conf cfg sh py go java tar gz zip asp aspx do map`)

package pii

// peopleHooks are the rows of wordHooks for persons, accounts and places.
var peopleHooks = []wordHook{
	{words: []string{"user"}, hook: (*engine).afterUser},
	{words: sshVerdicts, hook: (*engine).sshAuth, exact: true},
	{words: []string{"Illegal user "}, hook: (*engine).illegalUser, exact: true},
	{words: loginWords, hook: (*engine).loggedInAs},
	{words: []string{"TTY="}, hook: (*engine).sudoUser, exact: true},
	{words: []string{"CMD"}, hook: (*engine).cronUser, exact: true, whole: true},
	{words: []string{"su for "}, hook: (*engine).suUser, exact: true},
	{words: []string{"home/", "Users", `Documents and Settings\`}, hook: (*engine).homePath, exact: true},
	{words: []string{"s-1-"}, hook: (*engine).sid},
	{words: titleWords(), hook: (*engine).titledName, exact: true},
	{words: greetings, hook: (*engine).greetedName, exact: true},
	{words: introductions, hook: (*engine).introducedName, exact: true},
	{words: streetSuffixWords(), hook: (*engine).streetSuffix, exact: true},
	{words: streetLeads, hook: (*engine).streetLead, exact: true},
	{words: postOfficeWords, hook: (*engine).postOffice, exact: true},
	{words: postcodeWords, hook: (*engine).namedPostcode, exact: true},
	{words: atWords, hook: (*engine).hiddenEmail, exact: true},
	{words: []string{"DESKTOP-", "LAPTOP-", "WIN-", "ip-"}, hook: (*engine).defaultHost, exact: true},
	{words: speech, hook: (*engine).speaker, exact: true},
	{words: closings, hook: (*engine).closedName, exact: true},
}

// streetSuffixWords returns the suffixes with what may follow them where they are short.
func streetSuffixWords() []string {
	var words []string
	for _, w := range streetSuffixes {
		if len(w) >= 4 {
			words = append(words, w)
			continue
		}
		for _, next := range [...]string{" ", ".", ",", "\n", "\"", "\\", ";", ")"} {
			words = append(words, w+next)
		}
	}
	return words
}

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
	{words: closings, hook: (*engine).closedName, exact: true},
}

package pii

// peopleKeys name persons, accounts and places.
var peopleKeys = []keyRow{
	{"user", keyUser, UserName, true},
	{"username", keyUser, UserName, false},
	{"userid", keyUser, UserName, true},
	{"ruser", keyUser, UserName, true},
	{"login", keyUser, UserName, true},
	{"loginname", keyUser, UserName, true},
	{"logonname", keyUser, UserName, true},
	{"logonaccount", keyUser, UserName, true},
	{"logname", keyUser, UserName, true},
	{"accountname", keyUser, UserName, true},
	{"account", keyUser, UserName, true},
	{"acct", keyUser, UserName, true},
	{"samaccountname", keyUser, UserName, true},
	{"uid", keyUser, UserName, true},
	{"upn", keyUser, UserName, true},
	{"userprincipalname", keyUser, UserName, true},
	{"runas", keyUser, UserName, true},
	{"name", keyNameOf, 0, true},
	{"benutzer", keyUser, UserName, true},
	{"benutzername", keyUser, UserName, true},
	{"utilisateur", keyUser, UserName, true},
	{"usuario", keyUser, UserName, true},
}

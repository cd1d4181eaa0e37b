package pii

import "slices"

// secretKeys name what opens a door. Those that say so come first; firstCode, firstVague and endVague tell the others apart.
var secretKeys = slices.Concat(doorKeys, codeKeys, vagueKeys)

// The rows of keyTable that are from codeKeys and vagueKeys.
var (
	firstCode  = KeyID(1 + len(doorKeys))           //nolint:gosec // The table is short.
	firstVague = firstCode + KeyID(len(codeKeys))   //nolint:gosec // As above.
	endVague   = firstVague + KeyID(len(vagueKeys)) //nolint:gosec // As above.
)

// doorKeys name passwords, keys and tokens.
var doorKeys = []keyRow{
	{"password", keyStrong, Password, false},
	{"passwd", keyStrong, Password, false},
	{"passwort", keyStrong, Password, false},
	{"pwd", keyStrong, Password, false},
	{"pass", keyStrong, Password, true},
	{"pw", keyWeak, Password, true},
	{"passphrase", keyStrong, Password, false},
	{"passin", keyStrong, Password, true}, // openssl
	{"passout", keyStrong, Password, true},
	{"storepass", keyStrong, Password, false}, // keytool, jarsigner
	{"keypass", keyStrong, Password, false},
	{"dockerconfigjson", keyStrong, ApiKey, true}, // Secrets of Kubernetes that hold a config.json of Docker.
	{"dockercfg", keyStrong, ApiKey, true},
	{"passcode", keyStrong, Password, false},
	{"kennwort", keyStrong, Password, false},
	{"motdepasse", keyStrong, Password, false},
	{"contrasena", keyStrong, Password, false},
	{"secret", keyStrong, Password, true},
	{"clientsecret", keyStrong, ApiKey, false},
	{"secretkey", keyStrong, ApiKey, false},
	{"secretaccesskey", keyStrong, ApiKey, false},
	{"accesskey", keyWeak, ApiKey, false},
	{"accesskeyid", keyWeak, ApiKey, false},
	{"accountkey", keyStrong, ApiKey, false},
	{"sharedkey", keyStrong, ApiKey, false},
	{"sharedaccesskey", keyStrong, ApiKey, false},
	{"apikey", keyWeak, ApiKey, false},
	{"apisecret", keyStrong, ApiKey, false},
	{"apitoken", keyWeak, ApiKey, false},
	{"appkey", keyWeak, ApiKey, false},
	{"masterkey", keyStrong, ApiKey, false},
	{"encryptionkey", keyStrong, ApiKey, false},
	{"signingkey", keyStrong, ApiKey, false},
	{"signingsecret", keyStrong, ApiKey, false},
	{"privatekey", keyWeak, PrivateKey, false},
	{"licensekey", keyWeak, ApiKey, false},
	{"subscriptionkey", keyWeak, ApiKey, false},
	{"credential", keyWeak, Password, true},
	{"credentials", keyWeak, Password, true},
	{"creds", keyWeak, Password, true},
	{"token", keyWeak, BearerToken, false},
	{"accesstoken", keyWeak, BearerToken, false},
	{"authtoken", keyWeak, BearerToken, false},
	{"refreshtoken", keyWeak, BearerToken, false},
	{"idtoken", keyWeak, BearerToken, false},
	{"bearer", keyWeak, BearerToken, true},
	{"jwt", keyWeak, BearerToken, true},
	{"authorization", keyAuth, BearerToken, true},
	{"auth", keyWeak, BearerToken, true},
	{"authkey", keyWeak, ApiKey, false},
	{"sig", keyWeak, ApiKey, true},
	{"signature", keyWeak, ApiKey, true},
	{"otp", keyWeak, Password, true},
	{"cookie", keyCookie, Password, true},
	{"setcookie", keySetCookie, Password, true},
	{"session", keyWeak, Password, true},
	{"sessionid", keyWeak, Password, false},
	{"sessid", keyWeak, Password, false},
	{"sessiontoken", keyWeak, Password, false},
	{"sessionkey", keyWeak, Password, false},
	{"sid", keyWeak, Password, true},
	{"identitytoken", keyStrong, BearerToken, false}, // Docker's config.json.

	// What keeps a form from being forged; see weakSecret.
	{"csrftoken", keyWeak, Password, false},
	{"xsrftoken", keyWeak, Password, false},
	{"authenticitytoken", keyWeak, Password, false},
	{"requestverificationtoken", keyWeak, Password, false},

	// Passwords in other languages.
	{"senha", keyStrong, Password, false},
	{"wachtwoord", keyStrong, Password, false},
	{"losenord", keyStrong, Password, false},
	{"haslo", keyStrong, Password, false},
	{"heslo", keyStrong, Password, false},
	{"adgangskode", keyStrong, Password, false},
	{"salasana", keyStrong, Password, false},
	{"jelszo", keyStrong, Password, false},
	{"lozinka", keyStrong, Password, false},
	{"passord", keyStrong, Password, false},
	{"kodeord", keyStrong, Password, false},
	{"contrasenya", keyStrong, Password, false},
	{"pasahitza", keyStrong, Password, false},
	{"parool", keyStrong, Password, false},
	{"parola", keyStrong, Password, true},
	{"clave", keyStrong, Password, true},
	{"sifre", keyStrong, Password, true},
	{"geslo", keyStrong, Password, true},
	{"mdp", keyStrong, Password, true},
	{"sandi", keyStrong, Password, true},
	{"katasandi", keyStrong, Password, true},
	{"lykilord", keyStrong, Password, true},
	{"paswoord", keyStrong, Password, true},
	{"mima", keyStrong, Password, true},
	{"geheimnis", keyStrong, Password, true},

	// Passwords by what they open.
	{"passwrd", keyStrong, Password, false},
	{"passwod", keyStrong, Password, false},
	{"authpass", keyStrong, Password, false},
	{"privpass", keyStrong, Password, false},
	{"dbpass", keyStrong, Password, false},
	{"userpass", keyStrong, Password, false},
	{"rootpass", keyStrong, Password, false},
	{"adminpass", keyStrong, Password, false},
	{"sshpass", keyStrong, Password, false},
	{"mailpass", keyStrong, Password, false},
	{"smtppass", keyStrong, Password, false},
	{"ftppass", keyStrong, Password, false},
	{"ldappass", keyStrong, Password, false},
	{"bindpw", keyStrong, Password, false},
	{"rootpw", keyStrong, Password, false},
	{"wifipass", keyStrong, Password, false},
	{"psk", keyStrong, Password, true},
	{"wpapsk", keyStrong, Password, true},
	{"presharedkey", keyStrong, Password, true},
	{"wpakey", keyStrong, Password, true},
	{"wepkey", keyStrong, Password, true},
	{"community", keyStrong, Password, true},
	{"rocommunity", keyStrong, Password, true},
	{"rwcommunity", keyStrong, Password, true},
	{"communitystring", keyStrong, Password, true},
	{"passkey", keyStrong, Password, true},
	{"puk", keyStrong, Password, true},
	{"pukcode", keyStrong, Password, true},
	{"pincode", keyStrong, Password, true},
	{"userpin", keyStrong, Password, true},
	{"simpin", keyStrong, Password, true},
	{"cardpin", keyStrong, Password, true},
	{"wpapassphrase", keyStrong, Password, true},
	{"snmpcommunity", keyStrong, Password, true},
	{"securityanswer", keyStrong, Password, true},

	// Keys and secrets by what they are of.
	{"appsecret", keyStrong, ApiKey, false},
	{"consumersecret", keyStrong, ApiKey, false},
	{"sharedsecret", keyStrong, ApiKey, false},
	{"webhooksecret", keyStrong, ApiKey, false},
	{"tokensecret", keyStrong, ApiKey, false},
	{"accesssecret", keyStrong, ApiKey, false},
	{"secretstring", keyStrong, ApiKey, false},
	{"secrettoken", keyStrong, ApiKey, false},
	{"secretkeybase", keyStrong, ApiKey, false},
	{"jwtsecret", keyStrong, ApiKey, false},
	{"jwtkey", keyStrong, ApiKey, false},
	{"cookiesecret", keyStrong, ApiKey, false},
	{"hmacsecret", keyStrong, ApiKey, false},
	{"sessionsecret", keyStrong, ApiKey, false},
	{"secretapikey", keyStrong, ApiKey, false},
	{"apisecretkey", keyStrong, ApiKey, false},
	{"secretaccess", keyStrong, ApiKey, false},
	{"decryptionkey", keyWeak, ApiKey, false},
	{"cryptokey", keyWeak, ApiKey, false},
	{"hmackey", keyWeak, ApiKey, false},
	{"aeskey", keyWeak, ApiKey, false},
	{"deskey", keyWeak, ApiKey, false},
	{"rsakey", keyWeak, ApiKey, false},
	{"sshkey", keyWeak, ApiKey, false},
	{"deploykey", keyWeak, ApiKey, false},
	{"servicekey", keyWeak, ApiKey, false},
	{"adminkey", keyWeak, ApiKey, false},
	{"storagekey", keyWeak, ApiKey, false},
	{"ingestkey", keyWeak, ApiKey, false},
	{"ingestionkey", keyWeak, ApiKey, false},
	{"writekey", keyWeak, ApiKey, false},
	{"readkey", keyWeak, ApiKey, false},
	{"integrationkey", keyWeak, ApiKey, false},
	{"instrumentationkey", keyWeak, ApiKey, false},
	{"functionkey", keyWeak, ApiKey, false},
	{"serverkey", keyWeak, ApiKey, false},
	{"consumerkey", keyWeak, ApiKey, false},
	{"productkey", keyWeak, ApiKey, false},
	{"serialkey", keyWeak, ApiKey, false},
	{"activationkey", keyWeak, ApiKey, false},
	{"licencekey", keyWeak, ApiKey, false},
	{"merchantkey", keyWeak, ApiKey, false},
	{"partnerkey", keyWeak, ApiKey, false},
	{"securitykey", keyWeak, ApiKey, false},
	{"machinekey", keyWeak, ApiKey, false},
	{"validationkey", keyWeak, ApiKey, false},
	{"sastoken", keyWeak, ApiKey, false},
	{"saskey", keyWeak, ApiKey, false},
	{"secretid", keyWeak, ApiKey, false},
	{"secretvalue", keyWeak, ApiKey, false},
	{"cryptkey", keyWeak, ApiKey, false},
	{"cipherkey", keyWeak, ApiKey, false},
	{"streamkey", keyWeak, ApiKey, false},
	{"pushkey", keyWeak, ApiKey, false},
	{"routingsecret", keyWeak, ApiKey, false},
	{"botkey", keyWeak, ApiKey, false},
	{"sas", keyWeak, ApiKey, true},
	{"pat", keyWeak, ApiKey, true},
	{"xapikey", keyWeak, ApiKey, true},
	{"apikeys", keyWeak, ApiKey, true},

	// Hashes of passwords.
	{"passwordhash", keyWeak, PasswordHash, false},
	{"passwdhash", keyWeak, PasswordHash, false},
	{"pwdhash", keyWeak, PasswordHash, false},
	{"passhash", keyWeak, PasswordHash, true},
	{"hashedpassword", keyWeak, PasswordHash, false},
	{"encryptedpassword", keyWeak, PasswordHash, false},
	{"passworddigest", keyWeak, PasswordHash, false},
	{"ntlmhash", keyWeak, PasswordHash, true},
	{"nthash", keyWeak, PasswordHash, true},
	{"lmhash", keyWeak, PasswordHash, true},
	{"passwordsalt", keyWeak, PasswordHash, false},
}

// codeKeys name codes, of digits mostly.
var codeKeys = []keyRow{
	{"pin", keyWeak, Password, true},
	{"cvv", keyWeak, Password, true},
	{"cvc", keyWeak, Password, true},
	{"securitycode", keyWeak, Password, true},
	{"otpcode", keyWeak, Password, true},
	{"mfacode", keyWeak, Password, true},
	{"totpcode", keyWeak, Password, true},
	{"twofactorcode", keyWeak, Password, true},
	{"verificationcode", keyWeak, Password, true},
	{"recoverycode", keyWeak, Password, true},
	{"recoverycodes", keyWeak, Password, true},
	{"backupcode", keyWeak, Password, true},
	{"backupcodes", keyWeak, Password, true},
	{"authcode", keyWeak, Password, true},
	{"logincode", keyWeak, Password, true},
	{"accesscode", keyWeak, Password, true},
	{"smscode", keyWeak, Password, true},
	{"unlockcode", keyWeak, Password, true},
	{"confirmationcode", keyWeak, Password, true},
	{"2fa", keyWeak, Password, true},
	{"mfa", keyWeak, Password, true},
	{"totp", keyWeak, Password, true},
	{"otptoken", keyWeak, Password, true},
	{"onetimecode", keyWeak, Password, true},
	{"onetimepasscode", keyWeak, Password, true},
}

// vagueKeys have so many other uses that only a long random value is taken for a secret.
var vagueKeys = []keyRow{
	{"key", keyWeak, ApiKey, true},
	{"keys", keyWeak, ApiKey, true},
	{"secrets", keyWeak, ApiKey, true},
	{"hmac", keyWeak, ApiKey, true},
}

// classifyPhrase returns the row of keyTable that two words together fall under, as in "API key", or 0.
func classifyPhrase(first, second []byte) KeyID {
	var buf [48]byte
	if len(first)+len(second) > len(buf) || len(second) < 2 || !allOf(second, chUpper|chLower) {
		return 0
	}
	n := copy(buf[:], first)
	n += copy(buf[n:], second)
	k := classifyKey(buf[:n])
	if k == 0 || len(keyTable[k].word) <= len(second) {
		return 0
	}
	switch keyTable[k].kind {
	case keyStrong, keyWeak, keyNot:
		if len(second) > 2 {
			return k
		}
	case keyUser: // "User ID" of connection strings.
		if len(second) == 2 {
			return k
		}
	}
	return 0
}

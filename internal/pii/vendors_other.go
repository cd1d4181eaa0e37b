package pii

const dopplerDocs = "docs.doppler.com/reference/auth-token-formats"

// otherIssuers say who somebody is, keep secrets, and all else.
var otherIssuers = []issuer{
	{"Okta", "developer.okta.com/docs/guides/create-an-api-token; gitleaks", "okta", []tokenForm{{"okta", "~00{e40}", nil}}},
	{"Auth0", "auth0.com/docs: client secrets", "auth0", []tokenForm{{"auth0", "{b64}", nil}, {"auth0-client", "{a32}", nil}}},
	{"OneLogin", "developers.onelogin.com: API credentials", "onelogin", []tokenForm{{"onelogin", "{x64}", nil}}},
	{"Authress", "authress.io/knowledge-base: service clients; gitleaks", "", []tokenForm{
		{"authress-sc", "sc_{l5-30}.{l4-6}.acc{b11-34}.{p30-120}", nil},
		{"authress-ext", "ext_{l5-30}.{l4-6}.acc{b11-34}.{p30-120}", nil},
		{"authress-scauth", "scauth_{l5-30}.{l4-6}.acc{b11-34}.{p30-120}", nil},
		{"authress", "authress_{l5-30}.{l4-6}.acc{b11-34}.{p30-120}", nil},
	}},
	{"Ory", "ory.sh/docs: token formats", "", []tokenForm{
		{"ory-session", "ory_st_{a32}", nil},
		{"ory-personal", "ory_pat_{a32}", nil},
		{"ory-access", "ory_at_{k40-120}", nil},
		{"ory-refresh", "ory_rt_{k40-120}", nil},
	}},
	{"JumpCloud", "docs.jumpcloud.com: API keys", "", []tokenForm{{"jumpcloud", "jca_{a36}", nil}}},
	{"Stytch", "stytch.com/docs: API keys", "", []tokenForm{{"stytch-live", "secret-live-{e36-40}", nil}, {"stytch-test", "secret-test-{e36-40}", nil}}},
	{"Duo", "duo.com/docs/adminapi", "duo_secret duo_skey", []tokenForm{{"duo", "{a40}", nil}}},
	{"Persona", "docs.withpersona.com: API keys", "", []tokenForm{{"persona-production", "persona_production_{w30-60}", nil}, {"persona-sandbox", "persona_sandbox_{w30-60}", nil}}},
	{"1Password", "developer.1password.com/docs/service-accounts; gitleaks", "", []tokenForm{
		{"onepassword", "ops_eyJ{p200-2000}", nil},
		{"onepassword-secret-key", "A3-{u6}-{u11}-{u5}-{u5}-{u5}", nil},
		{"onepassword-secret-key-6", "A3-{u6}-{u6}-{u5}-{u5}-{u5}-{u5}", nil},
	}},
	{"Doppler", dopplerDocs, "", []tokenForm{
		{"doppler-pt", "dp.pt.{k40-64}", nil},
		{"doppler-st", "dp.st.{k40-64}", nil},
		{"doppler-ct", "dp.ct.{k40-64}", nil},
		{"doppler-sa", "dp.sa.{k40-64}", nil},
		{"doppler-scim", "dp.scim.{k40-64}", nil},
		{"doppler-audit", "dp.audit.{k40-64}", nil},
	}},
	{"Infisical", "infisical.com/docs: service tokens", "", []tokenForm{{"infisical", "st.{x24}.{x32}.{x32}", nil}}},
	{"Dotenv", "dotenv.org/docs: vault keys", "", []tokenForm{{"dotenv", "key_{x64}", nil}}},
	{"age", "age-encryption.org/v1", "", []tokenForm{{"age", "AGE-SECRET-KEY-1{u58}", nil}, {"age-plugin", "AGE-PLUGIN-{u2-20}-1{u20-200}", nil}}},
	{"Adobe", "developer.adobe.com: credentials; gitleaks", "adobe", []tokenForm{{"adobe-secret", "p8e-{b32}", nil}, {"adobe-client", "{x32}", nil}}},
	{"Zoho", "zoho.com/accounts/protocol/oauth", "zoho", []tokenForm{{"zoho", "~1000.{x32}.{x32}", nil}}},
	{"Freemius", "freemius.com/help: API keys; gitleaks", "freemius", []tokenForm{{"freemius", "~sk_{T29}", nil}}},
	{"Monday", "developer.monday.com: authentication", "monday_api monday_token", []tokenForm{{"monday", "{T100-400}", nil}}},
	{"Strava", "developers.strava.com: getting started", "strava", []tokenForm{{"strava", "{x40}", nil}}},
	{"Fitbit", "dev.fitbit.com: authorization", "fitbit", []tokenForm{{"fitbit", "{x32}", nil}}},
	{"Calendly", "developer.calendly.com: webhooks", "calendly", []tokenForm{{"calendly", "{b43}", nil}}},
	{"Bitly", "dev.bitly.com: authentication", "bitly", []tokenForm{{"bitly", "{x40}", nil}}},
	{"Steam", "steamcommunity.com/dev/apikey", "steam_api steam_web_api steam_key", []tokenForm{{"steam", "{x32}", nil}}},
	{"Riot Games", "developer.riotgames.com", "", []tokenForm{{"riot", "RGAPI-{uuid}", nil}}},
	{"Roblox", "create.roblox.com/docs: security cookie", "", []tokenForm{{"roblox", "_|WARNING:-DO-NOT-SHARE-THIS.--Sharing-this-will-allow-someone-to-log-in-as-you-and-to-steal-your-ROBUX-and-items.|_{u100-1000}", nil}}},
	{"NASA", "api.nasa.gov", "nasa_api", []tokenForm{{"nasa", "{a40}", nil}}},
	{"US Census Bureau", "census.gov/data/developers", "census_api census_key", []tokenForm{{"census", "{x40}", nil}}},
	{"Home Assistant", "home-assistant.io/docs: long-lived tokens", "supervisor_token hassio", []tokenForm{{"home-assistant", "{x112}", nil}}},
	{"Particle", "docs.particle.io: access tokens", "particle", []tokenForm{{"particle", "{x40}", nil}}},
	{"Blynk", "docs.blynk.io: device tokens", "blynk", []tokenForm{{"blynk", "{b32}", nil}}},
	{"ThingSpeak", "mathworks.com/help/thingspeak: channel keys", "thingspeak", []tokenForm{{"thingspeak", "{u16}", nil}}},
}

package openai

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tftsr/tftsr/internal/fakes/script"
)

// trouble is a refusal, in the words of each vendor.
type trouble string

const (
	unauthorised   trouble = "unauthorised"
	noRoute        trouble = "no-route"
	badJSON        trouble = "bad-json"
	unknownField   trouble = "unknown-field"
	noModel        trouble = "no-model"
	noMessages     trouble = "no-messages"
	wrongMaxTokens trouble = "max-tokens"
	badCallID      trouble = "call-id"
	strayResult    trouble = "stray-result"
	tooLong        trouble = "too-long"
	limited        trouble = "limited"
	quota          trouble = "quota"
	overloaded     trouble = "overloaded"
	serverError    trouble = "server-error"
	refused        trouble = "refused"
	forbidden      trouble = "forbidden"
)

var asTrouble = map[script.Trouble]trouble{
	script.RateLimited: limited, script.Quota: quota, script.Overloaded: overloaded, script.ServerError: serverError,
	script.TooLong: tooLong, script.Refused: refused, script.Forbidden: forbidden,
}

// reply is an error of a vendor: its status and its body, in which %s is a
// detail of the request.
type reply struct {
	status int
	header http.Header
	body   string
}

var after = http.Header{"Retry-After": {"1"}}

// replies are the errors of the vendors, after their documentation:
// platform.openai.com/docs/guides/error-codes,
// learn.microsoft.com/azure/ai-foundry/openai (content filtering, quotas),
// ai.google.dev/gemini-api/docs/troubleshooting,
// docs.mistral.ai/api (HTTPValidationError), docs.litellm.ai/docs/exception_mapping.
var replies = map[string]map[trouble]reply{
	OpenAI: {
		unauthorised:   {401, nil, `{"error":{"message":"Incorrect API key provided: sk-wrong. You can find your API key at https://platform.openai.com/account/api-keys.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`},
		noRoute:        {404, nil, `{"error":{"message":"Invalid URL","type":"invalid_request_error","param":null,"code":null}}`},
		badJSON:        {400, nil, `{"error":{"message":"We could not parse the JSON body of your request.","type":"invalid_request_error","param":null,"code":null}}`},
		unknownField:   {400, nil, `{"error":{"message":"Unrecognized request argument supplied: %s","type":"invalid_request_error","param":null,"code":null}}`},
		noModel:        {404, nil, "{\"error\":{\"message\":\"The model `%s` does not exist or you do not have access to it.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"model_not_found\"}}"},
		noMessages:     {400, nil, `{"error":{"message":"Invalid 'messages': empty array.","type":"invalid_request_error","param":"messages","code":"empty_array"}}`},
		wrongMaxTokens: {400, nil, `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}`},
		strayResult:    {400, nil, `{"error":{"message":"Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.","type":"invalid_request_error","param":"messages","code":null}}`}, //nolint:misspell // the vendor's words
		tooLong:        {400, nil, `{"error":{"message":"This model's maximum context length is 128000 tokens. However, your messages resulted in 130512 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`},
		limited:        {429, http.Header{"Retry-After": {"1"}, "Retry-After-Ms": {"20"}}, `{"error":{"message":"Rate limit reached for gpt-5.2 on tokens per min (TPM): Limit 30000, Used 29000, Requested 4000. Please try again in 20ms.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}`},
		quota:          {429, nil, `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`},
		overloaded:     {503, nil, `{"error":{"message":"The engine is currently overloaded, please try again later","type":"server_error","param":null,"code":null}}`},
		serverError:    {500, nil, `{"error":{"message":"The server had an error while processing your request. Sorry about that!","type":"server_error","param":null,"code":null}}`},
		refused:        {400, nil, `{"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy.","type":"invalid_request_error","param":null,"code":"content_policy_violation"}}`},
		forbidden:      {403, nil, `{"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not supported","param":null,"type":"request_forbidden"}}`},
	},
	Azure: {
		unauthorised: {401, nil, `{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."}}`},
		noRoute:      {404, nil, `{"error":{"code":"404","message":"Resource not found"}}`},
		noModel:      {404, nil, `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}`},
		limited:      {429, after, `{"error":{"code":"429","message":"Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 1 seconds."}}`},
		refused:      {400, nil, `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"jailbreak":{"filtered":true,"detected":true}}}}}`},
	},
	Gemini: {
		unauthorised: {400, nil, `[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}]`},
		noRoute:      {404, nil, ``},
		badJSON:      {400, nil, `[{"error":{"code":400,"message":"Invalid JSON payload received.","status":"INVALID_ARGUMENT"}}]`},
		unknownField: {400, nil, `[{"error":{"code":400,"message":"Invalid JSON payload received. Unknown name \"%s\": Cannot find field.","status":"INVALID_ARGUMENT"}}]`},
		noModel:      {404, nil, `[{"error":{"code":404,"message":"models/%s is not found for API version v1main, or is not supported for generateContent.","status":"NOT_FOUND"}}]`},
		tooLong:      {400, nil, `[{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}]`},
		limited:      {429, nil, `[{"error":{"code":429,"message":"Resource has been exhausted (e.g. check quota). Please retry in 0.02s.","status":"RESOURCE_EXHAUSTED"}}]`},
		quota:        {429, nil, `[{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details.","status":"RESOURCE_EXHAUSTED"}}]`},
		overloaded:   {503, nil, `[{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}]`},
		serverError:  {500, nil, `[{"error":{"code":500,"message":"An internal error has occurred.","status":"INTERNAL"}}]`},
		refused:      {400, nil, `[{"error":{"code":400,"message":"The prompt was blocked by the safety system: PROHIBITED_CONTENT.","status":"INVALID_ARGUMENT"}}]`},
		forbidden:    {403, nil, `[{"error":{"code":403,"message":"Generative Language API has not been used in project 1 before or it is disabled.","status":"PERMISSION_DENIED"}}]`},
	},
	Mistral: {
		unauthorised: {401, nil, `{"detail":"Unauthorized"}`},
		noRoute:      {404, nil, `{"detail":"Not Found"}`},
		badJSON:      {422, nil, `{"detail":[{"type":"json_invalid","loc":["body",1],"msg":"JSON decode error"}]}`},
		unknownField: {422, nil, `{"detail":[{"type":"extra_forbidden","loc":["body","%s"],"msg":"Extra inputs are not permitted","input":true}]}`},
		noModel:      {400, nil, `{"object":"error","message":"Invalid model: %s","type":"invalid_model","param":null,"code":"1500"}`},
		noMessages:   {422, nil, `{"detail":[{"type":"too_short","loc":["body","messages"],"msg":"List should have at least 1 item after validation, not 0","input":[]}]}`},
		badCallID:    {400, nil, `{"object":"error","message":"Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.","type":"invalid_function_call","param":null,"code":"3280"}`},
		tooLong:      {400, nil, `{"object":"error","message":"Prompt contains 150000 tokens and 0 draft tokens, too large for model with 131072 maximum context length","type":"invalid_request_prompt","param":null,"code":"3051"}`},
		limited:      {429, nil, `{"object":"error","message":"Service tier capacity exceeded for this model.","type":"service_tier_capacity_exceeded","param":null,"code":"3505"}`},
		overloaded:   {503, nil, `{"object":"error","message":"Service unavailable.","type":"unreachable_backend","param":null,"code":"3000"}`},
		serverError:  {500, nil, `{"object":"error","message":"Internal server error","type":"internal_server_error","param":null,"code":"1000"}`},
	},
	LiteLLM: {
		unauthorised: {401, nil, `{"error":{"message":"Authentication Error, Invalid proxy server token passed. Unable to find token in cache or LiteLLM_VerificationTokenTable","type":"token_not_found_in_db","param":"key","code":"401"}}`},
		noModel:      {400, nil, `{"error":{"message":"{'error': '/chat/completions: Invalid model name passed in model=%s. Call /v1/models to view available models for your key.'}","type":"None","param":"None","code":"400"}}`},
		limited:      {429, after, `{"error":{"message":"litellm.RateLimitError: BedrockException: Rate Limit Error - {\"message\":\"Too many requests, please wait before trying again.\"}","type":"throttling_error","param":null,"code":"429"}}`},
		quota:        {400, nil, `{"error":{"message":"Budget has been exceeded! Current cost: 0.26, Max budget: 0.25","type":"budget_exceeded","param":null,"code":"400"}}`},
		tooLong:      {400, nil, `{"error":{"message":"litellm.ContextWindowExceededError: litellm.BadRequestError: BedrockException: Context Window Error - {\"message\":\"Input is too long for requested model.\"}","type":null,"param":null,"code":"400"}}`},
		refused:      {400, nil, `{"error":{"message":"litellm.ContentPolicyViolationError: Violated content safety policy","type":null,"param":null,"code":"400"}}`},
	},
}

func (f *Fake) fail(w http.ResponseWriter, t trouble) { f.failWith(w, t, "") }

func (f *Fake) failWith(w http.ResponseWriter, t trouble, detail string) {
	r, ok := replies[f.o.Dialect][t]
	if !ok {
		r = replies[OpenAI][t] // What is compatible mostly copies these.
	}
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.status)
	_, _ = fmt.Fprint(w, strings.ReplaceAll(r.body, "%s", detail)) //nolint:gosec // A stand-in that answers in JSON, to this machine only.
}

// An authorization server that is not ours (npm: oidc-provider), at the paths
// of a service that tftsr knows, with one answer of that service's interface
// behind its tokens. Whoever comes is logged in at once; DENY=1 declines.
//
//   node server.mjs PORT servicenow|entra|atlassian|mcp
//
// As mcp it is also an MCP server at /mcp, which wants a token that was made for
// it (RFC 8707), says where to get one (RFC 9728), and wants one scope more for
// one of its tools.
//
// Refresh tokens rotate, and one that is shown twice ends the whole grant.
// Access tokens live for AT_TTL seconds (3). GET /counts says what was asked.
import process from 'node:process'
import Provider from 'oidc-provider'

const [port, kind] = process.argv.slice(2)
const paths = {
  servicenow: { authorization: '/oauth_auth.do', token: '/oauth_token.do' },
  entra: { authorization: '/contoso.example/oauth2/v2.0/authorize', token: '/contoso.example/oauth2/v2.0/token', device_authorization: '/contoso.example/oauth2/v2.0/devicecode' },
  atlassian: { authorization: '/authorize', token: '/oauth/token' },
  mcp: {},
}[kind]
const issuer = `http://127.0.0.1:${port}`
const refreshable = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code']

// The document that describes a client which is known by its address; nothing listens there, and this is read instead.
const document = 'https://tftsr.example/client.json'

const provider = new Provider(issuer, {
  clients: [
    { client_id: 'public', token_endpoint_auth_method: 'none', application_type: 'native', grant_types: refreshable, response_types: ['code'], redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'] },
    { client_id: 'confidential', client_secret: 'confidential-client-secret', token_endpoint_auth_method: 'client_secret_post', application_type: 'native', grant_types: refreshable, response_types: ['code'], redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'] },
    { client_id: 'machine', client_secret: 'machine-client-secret', token_endpoint_auth_method: 'client_secret_post', grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
  ],
  scopes: ['openid', 'offline_access', '499b84ac-1321-427f-aa17-267ca6975798/.default',
    'read:page:confluence', 'write:page:confluence', 'read:space:confluence', 'search:confluence', 'read:confluence-user', 'write:confluence-content',
    'read:attachment:confluence', 'write:confluence-file', 'tools:read', 'tools:write'],
  pkce: { required: () => true },
  fetch: async (address, options) => String(address) !== document ? fetch(address, options)
    : Response.json({
      client_id: document, client_name: 'tftsr of somebody', token_endpoint_auth_method: 'none', application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
    }),
  routes: paths,
  cookies: { keys: ['for tests only'] },
  rotateRefreshToken: true,
  issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
  ttl: { AccessToken: Number(process.env.AT_TTL ?? 3), ClientCredentials: Number(process.env.AT_TTL ?? 3), AuthorizationCode: 60, DeviceCode: 60, RefreshToken: 600, Grant: 600, Interaction: 60, Session: 600 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    ...(kind === 'mcp' && {
      registration: { enabled: Boolean(process.env.REGISTER) },
      clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: async (ctx, resource) => ({ scope: 'tools:read tools:write', audience: resource, accessTokenFormat: 'opaque' }),
        useGrantedResource: () => true,
      },
    }),
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  loadExistingGrant: async (ctx) => {
    const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId })
    for (const scope of (ctx.oidc.params.scope ?? '').split(' ').filter(Boolean)) grant.addOIDCScope(scope)
    if (ctx.oidc.params.resource) grant.addResourceScope(ctx.oidc.params.resource, ctx.oidc.params.scope ?? '')
    await grant.save()
    return grant
  },
})

// What each service answers to somebody who is logged in, by the path.
const site = '35273b54-3f06-40d2-880f-dd28cf8daafa'
const answers = {
  servicenow: (path) => path.startsWith('/api/now/') && { result: [] },
  atlassian: (path) => ({
    // The site that is meant is not the first.
    '/oauth/token/accessible-resources': [
      { id: '00000000-0000-4000-8000-000000000000', url: 'https://another.atlassian.net', name: 'another', scopes: [] },
      { id: site, url: issuer, name: 'ours', scopes: [] },
    ],
    [`/ex/confluence/${site}/wiki/rest/api/user/current`]: { type: 'known', accountId: '1', publicName: 'triage.bot' },
    [`/ex/confluence/${site}/wiki/api/v2/spaces`]: { results: [], _links: {} },
  })[path],
  entra: (path) => ({
    '/fabrikam/_apis/connectionData': { authenticatedUser: { id: '9a3c1f0e-5b7d-4c2a-8e6f-1d0b9a8c7e6f', providerDisplayName: 'triage.bot' }, deploymentType: 'hosted' },
    '/fabrikam/Payments/_apis/wit/workitemtypes': { count: 1, value: [{ name: 'Bug', referenceName: 'Microsoft.VSTS.WorkItemTypes.Bug', isDisabled: false }] },
  })[path],
}

// mcp answers as an MCP server of 2025-11-25 that keeps no session.
const metadata = `${issuer}/.well-known/oauth-protected-resource/mcp`
async function mcp (ctx) {
  if (ctx.method !== 'POST') {
    ctx.status = 405
    return
  }
  const chunks = []
  for await (const chunk of ctx.req) chunks.push(chunk)
  const message = JSON.parse(Buffer.concat(chunks).toString())
  const shown = (ctx.get('authorization').match(/^Bearer (.+)$/) ?? [])[1]
  const token = shown && await provider.AccessToken.find(shown)
  if (shown && token && ![].concat(token.aud ?? []).includes(`${issuer}/mcp`)) counts.audience++
  if (!token || ![].concat(token.aud ?? []).includes(`${issuer}/mcp`)) {
    ctx.status = 401
    ctx.set('www-authenticate', `Bearer resource_metadata="${metadata}", scope="tools:read"`)
    return
  }
  const name = message.params?.name
  if (name === 'restart' && !(token.scope ?? '').split(' ').includes('tools:write')) {
    ctx.status = 403
    ctx.set('www-authenticate', `Bearer error="insufficient_scope", scope="tools:read tools:write", resource_metadata="${metadata}"`)
    return
  }
  if (message.id === undefined) {
    ctx.status = 202
    return
  }
  const tool = (name) => ({ name, description: `Does ${name}.`, inputSchema: { type: 'object' } })
  const result = {
    initialize: { protocolVersion: '2025-11-25', serverInfo: { name: 'secured', version: '1' }, capabilities: { tools: {} } },
    ping: {},
    'tools/list': { tools: [tool('look'), tool('restart')] },
    'tools/call': { content: [{ type: 'text', text: `${name} done with ${token.scope}` }] },
  }[message.method]
  ctx.body = result ? { jsonrpc: '2.0', id: message.id, result } : { jsonrpc: '2.0', id: message.id, error: { code: -32601, message: 'Method not found' } }
}

const counts = { refreshes: 0, revoked: 0, errors: 0, audience: 0 }
provider.on('refresh_token.consumed', () => counts.refreshes++)
provider.on('grant.revoked', () => counts.revoked++)
provider.on('grant.error', (ctx, err) => { counts.errors++; console.error(err.message, err.error_description ?? '', err.error_detail ?? '') })
provider.on('authorization.error', (ctx, err) => console.error(err.message, err.error_description ?? '', err.error_detail ?? ''))
provider.on('server_error', (ctx, err) => console.error(err))

provider.use(async (ctx, next) => {
  if (ctx.path === '/counts') {
    ctx.body = counts
  } else if (ctx.path.startsWith('/interaction/')) {
    const { prompt } = await provider.interactionDetails(ctx.req, ctx.res)
    const answer = process.env.DENY ? { error: 'access_denied', error_description: 'the person said no' }
      : prompt.name === 'login' ? { login: { accountId: 'triage.bot' } } : { consent: {} }
    await provider.interactionFinished(ctx.req, ctx.res, answer, { mergeWithLastSubmission: true })
    ctx.respond = false
  } else if (kind === 'mcp' && ctx.path === '/mcp') {
    await mcp(ctx)
  } else if (kind === 'mcp' && ctx.path === '/.well-known/oauth-protected-resource/mcp') {
    ctx.body = { resource: `${issuer}/mcp`, authorization_servers: [issuer], scopes_supported: ['tools:read', 'tools:write'], bearer_methods_supported: ['header'] }
  } else if (answers[kind]?.(ctx.path)) {
    const shown = (ctx.get('authorization').match(/^Bearer (.+)$/) ?? [])[1]
    const token = shown && (await provider.AccessToken.find(shown) ?? await provider.ClientCredentials.find(shown))
    ctx.status = token ? 200 : 401
    ctx.body = token ? answers[kind](ctx.path) : { error: { message: 'User Not Authenticated' }, message: 'Unauthorized', status: 'failure' }
  } else {
    await next()
  }
})

provider.listen(Number(port), '127.0.0.1', () => console.log(issuer))

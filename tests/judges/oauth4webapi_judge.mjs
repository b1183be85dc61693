// A strict OAuth client of others' making (oauth4webapi) goes the whole way: RFC 9728, 8414, 7591, PKCE, RFC 8707, RFC 9207, a call,
// a refresh, the replay of a used code, RFC 7009.
//
//   node oauth4webapi_judge.mjs RESOURCE_URL
//
// It follows redirects without a person: COOKIE is a session that agrees by itself (`outrider user session`). Prints a line for each
// step and exits with 1 when one failed.
import * as oauth from 'oauth4webapi';

const resource = new URL(process.argv[2]);
const callback = 'http://127.0.0.1:33420/cb';
// The judged server is on loopback, where there is no TLS.
const insecure = { [oauth.allowInsecureRequests]: true };
const cookie = process.env.COOKIE ? { cookie: process.env.COOKIE } : {};
let failed = false;

async function step(name, run) {
  try {
    const value = await run();
    console.log('ok  ', name, value === undefined ? '' : typeof value === 'object' ? '' : value);
    return value;
  } catch (error) {
    failed = true;
    console.log('FAIL', name, error.code ?? '', error.message, error.cause ? JSON.stringify(error.cause).slice(0, 300) : '');
    return undefined;
  }
}

function need(value) {
  if (value === undefined) process.exit(1);
  return value;
}

function check(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

await step('401 names the metadata', async () => {
  const answer = await fetch(resource, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  const challenge = answer.headers.get('www-authenticate') ?? '';
  check(answer.status === 401 && /resource_metadata=/.test(challenge), `${answer.status} ${challenge}`);
});
const described = need(await step('RFC 9728', async () => {
  const answer = await oauth.resourceDiscoveryRequest(resource, insecure);
  return oauth.processResourceDiscoveryResponse(resource, answer);
}));
const issuer = new URL(described.authorization_servers[0]);
const server = need(await step('RFC 8414', async () => {
  const answer = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
  const found = await oauth.processDiscoveryResponse(issuer, answer);
  check(found.code_challenge_methods_supported?.join() === 'S256', 'S256 is not the only PKCE method');
  check(found.authorization_response_iss_parameter_supported === true, 'no iss in answers');
  return found;
}));
const client = need(await step('RFC 7591', async () => {
  const metadata = {
    client_name: 'oauth4webapi',
    redirect_uris: [callback],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  const answer = await oauth.dynamicClientRegistrationRequest(server, metadata, insecure);
  return oauth.processDynamicClientRegistrationResponse(answer);
}));

/** The answer that a browser with the session is sent to the callback with. */
async function authorize(verifier) {
  const url = new URL(server.authorization_endpoint);
  const state = oauth.generateRandomState();
  const parameters = {
    client_id: client.client_id,
    redirect_uri: callback,
    response_type: 'code',
    scope: (described.scopes_supported ?? []).join(' '),
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    resource: described.resource,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  let next = url;
  for (let hop = 0; hop < 6 && !next.href.startsWith(callback); hop++) {
    const answer = await fetch(next, { redirect: 'manual', headers: cookie });
    const location = answer.headers.get('location');
    check(location, `no redirect but ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
    next = new URL(location, next);
  }
  return oauth.validateAuthResponse(server, client, next, state);
}

const exchange = (answer, verifier) =>
  oauth.authorizationCodeGrantRequest(server, client, oauth.None(), answer, callback, verifier, {
    additionalParameters: { resource: described.resource },
    ...insecure,
  });
const call = (token) =>
  oauth.protectedResourceRequest(
    token,
    'POST',
    resource,
    new Headers({ 'content-type': 'application/json', accept: 'application/json, text/event-stream' }),
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'judge', version: '1' } },
    }),
    insecure,
  );
const refresh = (token) => oauth.refreshTokenGrantRequest(server, client, oauth.None(), token, insecure);

const verifier = oauth.generateRandomCodeVerifier();
const answer = need(await step('authorization response with state and iss', () => authorize(verifier)));
const wrong = await step('a wrong verifier is refused', async () => {
  const refused = await exchange(answer, oauth.generateRandomCodeVerifier());
  check(!refused.ok, 'accepted');
  return refused.status;
});
need(wrong);
const tokens = need(await step('tokens for the code', async () => {
  const given = await exchange(answer, verifier);
  check(given.headers.get('cache-control')?.includes('no-store'), 'the answer may be cached');
  return oauth.processAuthorizationCodeResponse(server, client, given);
}));
await step('a call with the token', async () => {
  const called = await call(tokens.access_token);
  check(called.ok, `${called.status}`);
  return called.status;
});
const refreshed = need(await step('refresh', async () =>
  oauth.processRefreshTokenResponse(server, client, await refresh(tokens.refresh_token))));
await step('the refresh token was replaced', () => check(refreshed.refresh_token !== tokens.refresh_token, 'the same again'));
// The replay comes last, for it ends the family (OAuth 2.1, section 4.1.3): after it a refresh has to fail.
await step('a replayed code is refused, and ends what came of it', async () => {
  const replayed = await exchange(answer, verifier);
  check(!replayed.ok, 'the second use of the code succeeded');
  const after = await refresh(refreshed.refresh_token);
  check(!after.ok, 'a token that came of the code still works');
});
const other = oauth.generateRandomCodeVerifier();
const again = need(await step('a second authorization', () => authorize(other)));
const others = need(await step('its tokens', async () =>
  oauth.processAuthorizationCodeResponse(server, client, await exchange(again, other))));
await step('RFC 7009', async () =>
  oauth.processRevocationResponse(await oauth.revocationRequest(server, client, oauth.None(), others.access_token, insecure)));
await step('a revoked token is refused', async () => {
  const refused = await call(others.access_token).then((called) => called.status, (error) => error.response?.status ?? error.status ?? 401);
  check(refused === 401, `${refused}`);
});
process.exit(failed ? 1 : 0);

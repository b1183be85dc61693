// Owns asking the official TypeScript clients of MCP to sign in by OAuth, as a client that registers and as one that is a document,
// and to call a tool with what they were given. Judges nothing beyond that.
//
//     node mcp_oauth.mjs URL TOOL ARGUMENTS METADATA_URL
//
// COOKIE is a session that agrees by itself; METADATA_URL is the address of the document a client is known by (CIMD).
import { Client as Modern, StreamableHTTPClientTransport as ModernTransport, UnauthorizedError as ModernUnauthorized } from '@modelcontextprotocol/client';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [url, tool, given, document] = process.argv.slice(2);
const callback = 'http://127.0.0.1:33420/cb';
const fail = (what) => {
  throw new Error(what);
};

/** What a client remembers, and the browser it sends people to. */
function provider(metadataUrl) {
  const kept = {};
  return {
    kept,
    clientMetadataUrl: metadataUrl,
    get redirectUrl() {
      return callback;
    },
    get clientMetadata() {
      return {
        client_name: 'judge',
        redirect_uris: [callback],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      };
    },
    state: () => (kept.state = crypto.randomUUID()),
    clientInformation: () => kept.client,
    saveClientInformation: (client) => (kept.client = client),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => (kept.tokens = tokens),
    codeVerifier: () => kept.verifier,
    saveCodeVerifier: (verifier) => (kept.verifier = verifier),
    async redirectToAuthorization(address) {
      address.searchParams.get('resource') === url || fail(`it asks for ${address.searchParams.get('resource')}`);
      const answer = await fetch(address, { redirect: 'manual', headers: { cookie: process.env.COOKIE } });
      const location = answer.headers.get('location') ?? fail(`${answer.status}: ${(await answer.text()).slice(0, 300)}`);
      const back = new URL(location);
      location.startsWith(callback) || fail(`sent to ${location}`);
      back.searchParams.get('state') === kept.state || fail('another state came back');
      kept.answer = back.searchParams;
    },
  };
}

async function signInAndCall(name, make, transportOf, unauthorized, metadataUrl) {
  const remembered = provider(metadataUrl);
  let client = make();
  const first = transportOf(remembered);
  const refused = await client.connect(first).then(() => undefined, (error) => error);
  refused instanceof unauthorized || fail(`${name}: it did not ask for a person but said ${refused}`);
  await first.finishAuth(remembered.kept.answer.get('code'), remembered.kept.answer.get('iss') ?? undefined);
  client = make();
  await client.connect(transportOf(remembered));
  const { tools } = await client.listTools();
  const answer = await client.callTool({ name: tool, arguments: JSON.parse(given) });
  answer.isError && fail(`${name}: ${JSON.stringify(answer)}`);
  const id = remembered.kept.client?.client_id;
  (id === metadataUrl) === Boolean(metadataUrl) || fail(`${name}: it is known as ${id}`);
  remembered.kept.tokens.refresh_token || fail(`${name}: no refresh token`);
  console.log(`ok   ${name}: ${tools.length} tools, scope ${remembered.kept.tokens.scope}`);
  await client.close();
}

const about = { name: 'judge', version: '1' };
const of = (Transport) => (authProvider) => new Transport(new URL(url), { authProvider });
for (const [how, metadataUrl] of [['registered', undefined], ['by its document', document]]) {
  await signInAndCall(`sdk, ${how}`, () => new Client(about), of(StreamableHTTPClientTransport), UnauthorizedError, metadataUrl);
  const modern = () => new Modern(about, { versionNegotiation: { mode: 'auto' } });
  await signInAndCall(`client, ${how}`, modern, of(ModernTransport), ModernUnauthorized, metadataUrl);
}
process.exit(0);

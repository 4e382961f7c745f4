import { spawn } from 'node:child_process';
import * as oauth from 'oauth4webapi';
import { SIGN_IN_ADDRESSES } from '../../stack/sign-in-addresses.ts';
import {
  flag,
  OperationsError,
  UsageError,
  valued,
  type Command,
  type Given,
  type Surroundings,
} from '../command.ts';
import { described, localInfo } from '../local-run.ts';
import { safeAddress } from '../service.ts';
import { forgetSignIn, keepSignIn, keptSignIn, type KeptSignIn } from '../sign-in-kept.ts';
import { waitForReturn } from '../sign-in-return.ts';
import { localTarget } from '../where.ts';
import { clock, quoted } from '../words.ts';

/** Long enough to find a telephone for the second factor. */
const WAIT_MS = 300_000;
/** The assumed lifetime of a token whose issuer does not state one (RFC 6749, 5.1). */
const LIFE_UNSAID_SECONDS = 3_600;

export const signInCommand: Command = {
  name: 'sign-in',
  takes: '',
  positionals: 0,
  summary: 'signs you in at the service, for commands with --api',
  about: [
    'It opens the page of the issuer in a browser, and waits five minutes for the browser to come back to this machine. The ' +
      'access token is kept as long as it lives, in a file that only you can read, and sent to this one address alone. ' +
      '--token and REFUNDS_TOKEN go before it.',
    'SignInCommand in the outputs of the stack names issuer and client. At an issuer of your own it is a public client (no ' +
      `secret; code flow with PKCE) that may return to ${SIGN_IN_ADDRESSES.join(', ')}. The next time --api is enough.`,
  ],
  options: {
    api: valued('URL', 'the service in AWS: ApiUrl in the outputs of the stack'),
    issuer: valued('URL', 'with --api: who signs you in (StaffIssuer)'),
    'client-id': valued('ID', 'with --api: its client (UserPoolClientId)'),
    scope: valued('SCOPE', 'with --api: scopes to request besides openid'),
    audience: valued('AUDIENCE', 'with --api: the audience, if the issuer requires one'),
    url: valued('URL', 'a local run (without --api; else PORT, else 3000)'),
    'no-browser': flag('do not open a browser: open the address yourself, on this machine'),
    end: flag('signs you out: deletes the token'),
  },
  exits: [
    'signed in (with --end: out)',
    'nobody signed in: the issuer refused, or the time is over',
    'the sign-in could not start: wrong arguments, no issuer, no free port',
  ],
  run: async (given, world) => {
    const { env } = world;
    const api = apiIn(given, world);
    const tell = (line: string, answer: object): void =>
      given.flag('json') ? world.json(answer) : world.out(line);
    if (given.flag('end')) {
      await forgetSignIn(api, env);
      tell(`Signed out at ${api}.`, { api });
      return 0;
    }
    const how = await howIn(given, api, world);
    const token = await signIn(how, world, !given.flag('no-browser'));
    if (typeof token === 'string') {
      tell(token, { api, message: token });
      return 1;
    }
    await keepSignIn({ ...how, token }, env);
    const { ends_at_ms: endsAtMs } = token;
    tell(`Signed in at ${api} until ${clock(endsAtMs)}.`, { api, ends_at: Math.floor(endsAtMs / 1000) });
    return 0;
  },
};

function apiIn(given: Given, { env }: Surroundings): string {
  const api = given.text('api');
  if (api === undefined) return localTarget(given.text('url'), env['PORT']).url;
  if (given.text('url') !== undefined)
    throw new UsageError('--url belongs to a local run, --api to AWS: give one of them.');
  return safeAddress(api, '--api');
}

type How = Omit<KeptSignIn, 'token'>;

/** The issuer and the client: from the options, else from the last sign-in. */
async function howIn(given: Given, api: string, world: Surroundings): Promise<How> {
  const [issuer, clientId] = [given.text('issuer'), given.text('client-id')];
  const [scope, audience] = [given.text('scope'), given.text('audience')];
  if (given.text('api') === undefined) {
    const vain = ['issuer', 'client-id', 'scope', 'audience'].find((name) => given.flag(name));
    if (vain !== undefined) throw new UsageError(`--${vain} belongs to --api: a local run tells its own.`);
    const { sign_in: own } = await (world.localInfo ?? localInfo)(api);
    if (own === undefined)
      throw new OperationsError(`${api} has no sign-in.`, 'Start it again with npm start.');
    return { api, ...own };
  }
  if (issuer !== undefined && clientId !== undefined) {
    safeAddress(issuer, '--issuer');
    return { api, issuer, client_id: clientId, scope, audience };
  }
  const kept = await keptSignIn(api, world.env);
  if (kept === undefined || issuer !== undefined || clientId !== undefined)
    throw new UsageError(
      'sign-in needs --issuer URL and --client-id ID, the first time; SignInCommand in the outputs has both.',
    );
  const { token: _, ...how } = kept;
  return { ...how, scope: scope ?? how.scope, audience: audience ?? how.audience };
}

type Token = NonNullable<KeptSignIn['token']>;

/** The access token, or why the sign-in failed. @throws OperationsError if it could not start */
async function signIn(how: How, world: Surroundings, opensBrowser: boolean): Promise<Token | string> {
  const client = await clientOf(how);
  const state = oauth.generateRandomState();
  const back = await waitForReturn({ state, waitMs: WAIT_MS, notice: world.notice });
  let isSignedIn = false;
  try {
    const sent = { state, nonce: oauth.generateRandomNonce(), verifier: oauth.generateRandomCodeVerifier() };
    const page = await signInPage(how, client, { ...sent, redirectUri: back.address });
    world.notice('Open this address in a browser on this machine:');
    world.notice(page);
    if (opensBrowser) (world.openBrowser ?? openBrowser)(page, world.env);
    const came = await back.came;
    if (came === undefined) return `The browser did not come back within ${WAIT_MS / 60_000} minutes.`;
    const token = await exchanged(came, client, { ...sent, redirectUri: back.address });
    isSignedIn = true;
    const { access_token, expires_in: lifeSeconds = LIFE_UNSAID_SECONDS } = token;
    const nowSeconds = Math.floor(world.nowMs() / 1_000);
    return { access_token, ends_at_ms: (nowSeconds + lifeSeconds) * 1_000 };
  } catch (error) {
    return refusal(how, error);
  } finally {
    await back.end(isSignedIn);
  }
}

interface Client {
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  /** The time limit of each request to the issuer. */
  readonly options: () => { readonly signal: AbortSignal; readonly [oauth.allowInsecureRequests]: boolean };
}

/** Time limit for an issuer that does not answer. */
const ISSUER_TIMEOUT_MS = 20_000;

async function clientOf({ issuer, client_id }: How): Promise<Client> {
  const url = new URL(issuer);
  const options = () => ({
    signal: AbortSignal.timeout(ISSUER_TIMEOUT_MS),
    // http is allowed for this machine only; `--issuer` checks that.
    [oauth.allowInsecureRequests]: url.protocol === 'http:',
  });
  try {
    const server = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, options()));
    return { server, client: { client_id }, options };
  } catch (error) {
    throw unreachable(issuer, error);
  }
}

interface Sent {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

async function signInPage(
  { issuer, scope, audience }: How,
  { server, client }: Client,
  { state, nonce, verifier, redirectUri }: Sent,
): Promise<string> {
  const page = new URL(server.authorization_endpoint ?? issuer);
  if (page.protocol !== 'https:' && page.protocol !== new URL(issuer).protocol)
    throw new OperationsError(`${issuer} would sign you in at ${page.href}.`, 'This is no https address.');
  const query = {
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope: scope === undefined ? 'openid' : `openid ${scope}`,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(audience === undefined ? {} : { audience }),
  };
  for (const [name, value] of Object.entries(query)) page.searchParams.set(name, value);
  return page.href;
}

/** The ID token is validated but not kept, because it authorizes nothing. A refresh token is not kept either. */
async function exchanged(
  came: URLSearchParams,
  { server, client, options }: Client,
  { state, nonce, verifier, redirectUri }: Sent,
): Promise<oauth.TokenEndpointResponse> {
  const said = oauth.validateAuthResponse(server, client, came, state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    said,
    redirectUri,
    verifier,
    options(),
  );
  return oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce });
}

function refusal({ issuer }: How, error: unknown): string {
  if (!(error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError))
    throw error instanceof OperationsError ? error : unreachable(issuer, error);
  const { error: code, error_description: description = '' } = error;
  return `${issuer} has refused it: ${code}${description === '' ? '' : `, ${quoted(description)}`}`;
}

function unreachable(issuer: string, error: unknown): OperationsError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? described(cause) : String(cause);
  return new OperationsError(
    `${issuer} does not answer as an OpenID issuer does (${why}).`,
    "The issuer's address is the part before /.well-known/openid-configuration, with its trailing slash if it has one.",
    { cause: error },
  );
}

/** Opens a browser if there is a screen; a text browser would block the terminal. */
function openBrowser(address: string, env: Surroundings['env']): void {
  const { platform } = process;
  const programs = new Map([
    ['darwin', ['open']],
    ['win32', ['rundll32', 'url.dll,FileProtocolHandler']],
  ]);
  const hasScreen = env['DISPLAY'] !== undefined || env['WAYLAND_DISPLAY'] !== undefined;
  const [program = '', ...words] = programs.get(platform) ?? (hasScreen ? ['xdg-open'] : []);
  if (program === '') return;
  const child = spawn(program, [...words, address], { stdio: 'ignore', detached: true });
  // A failure is harmless: the address is printed in the terminal.
  child.once('error', () => undefined).unref();
}

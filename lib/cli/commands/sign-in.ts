import { spawn } from 'node:child_process';
import * as oauth from 'oauth4webapi';
import { issuerAt, newSignIn, signInPage, tokensFor } from '../../desk/code-flow.ts';
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
import { localInfo, rootCause } from '../local-run.ts';
import { safeAddress, serviceUrl } from '../service.ts';
import { forgetSignIn, keepSignIn, keptSignIn, type KeptSignIn } from '../sign-in-kept.ts';
import { waitForReturn } from '../sign-in-return.ts';
import { clock, quoted } from '../words.ts';

/** Long enough to find a telephone for the second factor. */
const WAIT_MS = 300_000;
/** The assumed lifetime of a token whose issuer does not state one (RFC 6749, 5.1). */
const LIFE_UNSAID_SECONDS = 3_600;

const OF_AWS = { needs: ['api'] };

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
    api: valued('URL', 'the service in AWS: ApiUrl in the outputs of the stack', { not: ['url'] }),
    issuer: valued('URL', 'with --api: who signs you in (StaffIssuer)', { needs: ['api', 'client-id'] }),
    'client-id': valued('ID', 'with --api: its client (UserPoolClientId)', { needs: ['api', 'issuer'] }),
    scope: valued('SCOPE', 'with --api: scopes to request besides openid', OF_AWS),
    audience: valued('AUDIENCE', 'with --api: the audience, if the issuer requires one', OF_AWS),
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
    const api = serviceUrl(given, env);
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

type How = Omit<KeptSignIn, 'token'>;

/** The issuer and the client: from the options, else from the last sign-in. */
async function howIn(given: Given, api: string, world: Surroundings): Promise<How> {
  const [issuer, clientId, scope, audience] = ['issuer', 'client-id', 'scope', 'audience'].map(given.text);
  if (!given.flag('api')) {
    const { sign_in: own } = await (world.localInfo ?? localInfo)(api);
    if (own !== undefined) return { api, ...own };
    throw new OperationsError(`${api} has no sign-in.`, 'Start it again with npm start.');
  }
  if (issuer !== undefined && clientId !== undefined) {
    safeAddress(issuer, '--issuer');
    return { api, issuer, client_id: clientId, scope, audience };
  }
  const kept = await keptSignIn(api, world.env);
  if (kept === undefined)
    throw new UsageError(
      'sign-in needs --issuer URL and --client-id ID, the first time; SignInCommand in the outputs has both.',
    );
  const { token: _, ...how } = kept;
  return { ...how, scope: scope ?? how.scope, audience: audience ?? how.audience };
}

/** The access token, or why the sign-in failed. @throws OperationsError if it could not start */
async function signIn(
  { issuer: address, client_id, scope, audience }: How,
  world: Surroundings,
  opensBrowser: boolean,
): Promise<NonNullable<KeptSignIn['token']> | string> {
  const issuer = await issuerAt(new URL(address), client_id).catch((error: unknown) =>
    refusal(address, error),
  );
  if (typeof issuer === 'string') return issuer;
  const sent = newSignIn();
  const back = await waitForReturn(sent.state, WAIT_MS, world.notice);
  const redirectUri = back.address;
  try {
    const asked = { redirectUri, scope: ['openid', scope].join(' ').trim(), audience };
    const page = await signInPage(issuer, sent, asked);
    if (page.protocol !== 'https:' && page.protocol !== new URL(address).protocol)
      throw new OperationsError(`${address} would sign you in at ${page.href}.`, 'This is no https address.');
    world.notice('Open this address in a browser on this machine:');
    world.notice(page.href);
    if (opensBrowser) (world.openBrowser ?? openBrowser)(page.href, world.env);
    const came = await back.came;
    if (came === undefined) return `The browser did not come back within ${WAIT_MS / 60_000} minutes.`;
    // The ID token authorizes nothing, and a refresh token is not needed: neither is kept.
    const tokens = await tokensFor({ came, redirectUri }, issuer, sent);
    const { access_token, expires_in: seconds = LIFE_UNSAID_SECONDS } = tokens;
    return { access_token, ends_at_ms: (Math.floor(world.nowMs() / 1_000) + seconds) * 1_000 };
  } catch (error) {
    return refusal(address, error);
  } finally {
    await back.end();
  }
}

/** Why the issuer has refused. @throws OperationsError for an answer that an OpenID issuer does not give */
function refusal(issuer: string, error: unknown): string {
  if (error instanceof OperationsError) throw error;
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) {
    const { error: code, error_description: description = '' } = error;
    return `${issuer} has refused it: ${code}${description === '' ? '' : `, ${quoted(description)}`}`;
  }
  throw new OperationsError(
    `${issuer} does not answer as an OpenID issuer does (${rootCause(error)}).`,
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

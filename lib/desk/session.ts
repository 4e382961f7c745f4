import * as oauth from 'oauth4webapi';
import { claimsIn, type Claims } from '../client/api-connection.ts';
import { issuerAt, newSignIn, signInPage, tokensFor, type Issuer, type SignIn } from './code-flow.ts';

/** The page's settings (`desk.json`). */
export interface Settings {
  /** Of the API, without a slash at its end. */
  readonly api: string;
  readonly issuer: URL;
  readonly clientId: string;
  readonly scope: string;
  readonly audience: string | undefined;
}

/** The stack writes the file. @throws if it is missing */
export async function readSettings(): Promise<Settings> {
  const response = await fetch('desk.json', { cache: 'no-store' });
  const said = (await response.json()) as Readonly<Record<string, string>>;
  const { api = '', issuer = '', client_id: clientId = '', scope = '', audience } = said;
  return {
    api: new URL(api, document.baseURI).href.replace(/\/$/, ''),
    issuer: new URL(issuer, document.baseURI),
    clientId,
    scope,
    audience,
  };
}

/** Kept in sessionStorage, which ends with the tab. */
const TOKENS = 'refund-desk:tokens';
const ASKED = 'refund-desk:sign-in';
/** A token that ends sooner than this is renewed first. */
const RENEW_BEFORE_MS = 30_000;

interface Tokens {
  readonly access: string;
  readonly refresh: string | undefined;
  readonly endsAtMs: number;
  /** The name shown in the desk. */
  readonly name: string;
}

interface Asked extends SignIn {
  /** The page to return to. */
  readonly hash: string;
}

/** Who is signed in, at the issuer that the settings name. */
export class Session {
  readonly #settings: Settings;
  readonly #ended: () => void;
  #issuer: Promise<Issuer> | undefined;
  #tokens = kept(TOKENS) as Tokens | undefined;
  #renewing: Promise<string> | undefined;

  constructor(settings: Settings, ended: () => void) {
    this.#settings = settings;
    this.#ended = ended;
  }

  /** Undefined: nobody is signed in. */
  get name(): string | undefined {
    return this.#tokens?.name;
  }

  /** The claim by which the service distinguishes two people, if the token has it. */
  get person(): string | undefined {
    const name = claimsIn(this.#tokens?.access ?? '')['username'];
    return typeof name === 'string' ? name : undefined;
  }

  /** Empty: nobody is signed in. `renew`: the last token was refused. */
  async token({ renew }: { readonly renew: boolean }): Promise<string> {
    const tokens = this.#tokens;
    if (tokens === undefined) return '';
    if (!renew && Date.now() < tokens.endsAtMs - RENEW_BEFORE_MS) return tokens.access;
    this.#renewing ??= this.#renewed(tokens).finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async signIn(): Promise<void> {
    const { scope, audience } = this.#settings;
    const issuer = await this.#server();
    const asked: Asked = { ...newSignIn(), hash: location.hash };
    keep(ASKED, asked);
    location.assign(await signInPage(issuer, asked, { redirectUri: homeAddress(), scope, audience }));
  }

  /** Finishes a sign-in if the address contains a code. @throws if the issuer or its answer is wrong */
  async comeBack(): Promise<void> {
    const { searchParams: came } = new URL(location.href);
    if (!['code', 'error'].some((name) => came.has(name))) return;
    const { hash, ...sent } = (kept(ASKED) as Asked | undefined) ?? { ...newSignIn(), hash: '' };
    sessionStorage.removeItem(ASKED);
    history.replaceState(null, '', `${homeAddress()}${hash}`);
    const given = await tokensFor({ came, redirectUri: homeAddress() }, await this.#server(), sent);
    this.#take(given, nameIn(oauth.getValidatedIdTokenClaims(given) ?? {}, given.access_token), undefined);
  }

  async signOut(): Promise<void> {
    const refresh = this.#tokens?.refresh;
    sessionStorage.removeItem(TOKENS);
    this.#tokens = undefined;
    const issuer = await this.#server().catch(() => undefined);
    const { revocation_endpoint: revocation, end_session_endpoint: end } = issuer?.server ?? {};
    // The token is deleted here first; revoking it at the issuer is only tried.
    if (issuer !== undefined && revocation !== undefined && refresh !== undefined)
      await oauth
        .revocationRequest(issuer.server, issuer.client, oauth.None(), refresh, issuer.options())
        .catch(() => undefined);
    if (end === undefined) return location.reload();
    const address = new URL(end);
    address.searchParams.set('client_id', this.#settings.clientId);
    // The parameter's name in OpenID Connect, and in Cognito.
    for (const name of ['post_logout_redirect_uri', 'logout_uri'])
      address.searchParams.set(name, homeAddress());
    location.assign(address);
  }

  async #server(): Promise<Issuer> {
    const { issuer, clientId } = this.#settings;
    this.#issuer ??= issuerAt(issuer, clientId);
    // The next call tries again.
    this.#issuer.catch(() => (this.#issuer = undefined));
    return this.#issuer;
  }

  async #renewed({ access, refresh, name }: Tokens): Promise<string> {
    try {
      if (refresh === undefined) return this.#end();
      const { server, client, options } = await this.#server();
      const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refresh, options());
      const given = await oauth.processRefreshTokenResponse(server, client, response);
      return this.#take(given, name, refresh);
    } catch (error) {
      // Only a refusal of the issuer signs out. A network error is reported by the request that needs the token.
      return error instanceof oauth.ResponseBodyError ? this.#end() : access;
    }
  }

  #end(): string {
    this.#tokens = undefined;
    sessionStorage.removeItem(TOKENS);
    this.#ended();
    return '';
  }

  #take(given: oauth.TokenEndpointResponse, name: string, refresh: string | undefined): string {
    const { access_token: access, refresh_token: next = refresh, expires_in: seconds = 3_600 } = given;
    this.#tokens = { access, refresh: next, endsAtMs: Date.now() + seconds * 1_000, name };
    keep(TOKENS, this.#tokens);
    return access;
  }
}

/** The page's address, which is the redirect address at the issuer. */
function homeAddress(): string {
  return new URL('.', location.href).href;
}

function nameIn(identity: Claims, accessToken: string): string {
  const access = claimsIn(accessToken);
  const names = [
    identity['name'],
    identity['email'],
    identity['preferred_username'],
    access['username'],
    access['sub'],
  ];
  return names.find((name): name is string => typeof name === 'string' && name !== '') ?? '?';
}

// --- sessionStorage: only this module writes it. ---

function keep(name: string, value: object): void {
  sessionStorage.setItem(name, JSON.stringify(value));
}

function kept(name: string): unknown {
  return JSON.parse(sessionStorage.getItem(name) ?? 'null') ?? undefined;
}

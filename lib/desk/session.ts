import * as oauth from 'oauth4webapi';
import { claimsIn, type Claims } from '../client/api-connection.ts';

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

interface Asked {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** The page to return to. */
  readonly hash: string;
}

/** Who is signed in: code flow with PKCE (RFC 7636) at the issuer that the settings name. */
export class Session {
  readonly #settings: Settings;
  readonly #client: oauth.Client;
  readonly #insecure: { readonly [oauth.allowInsecureRequests]: boolean };
  readonly #ended: () => void;
  #issuer: Promise<oauth.AuthorizationServer> | undefined;
  #tokens = kept(TOKENS) as Tokens | undefined;
  #renewing: Promise<string> | undefined;

  constructor(settings: Settings, ended: () => void) {
    this.#settings = settings;
    this.#client = { client_id: settings.clientId };
    // http is allowed only for the issuer of a local run.
    this.#insecure = { [oauth.allowInsecureRequests]: /^http:$/.test(settings.issuer.protocol) };
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
    const { clientId, scope, audience } = this.#settings;
    const { authorization_endpoint: endpoint = '' } = await this.#server();
    const asked: Asked = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
      hash: location.hash,
    };
    keep(ASKED, asked);
    const address = new URL(endpoint);
    const query = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: homeAddress(),
      scope,
      state: asked.state,
      nonce: asked.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(asked.verifier),
      code_challenge_method: 'S256',
      ...(audience === undefined ? {} : { audience }),
    };
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    location.assign(address);
  }

  /** Finishes a sign-in if the address contains a code. @throws if the issuer or its answer is wrong */
  async comeBack(): Promise<void> {
    const address = new URL(location.href);
    if (!['code', 'error'].some((name) => address.searchParams.has(name))) return;
    const asked = kept(ASKED) as Asked | undefined;
    sessionStorage.removeItem(ASKED);
    history.replaceState(null, '', `${homeAddress()}${asked?.hash ?? ''}`);
    const server = await this.#server();
    const said = oauth.validateAuthResponse(server, this.#client, address, asked?.state ?? 'none');
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      this.#client,
      oauth.None(),
      said,
      homeAddress(),
      asked?.verifier ?? '',
      this.#insecure,
    );
    const wanted = asked === undefined ? {} : { expectedNonce: asked.nonce };
    const given = await oauth.processAuthorizationCodeResponse(server, this.#client, response, wanted);
    this.#take(given, nameIn(oauth.getValidatedIdTokenClaims(given) ?? {}, given.access_token), undefined);
  }

  async signOut(): Promise<void> {
    const refresh = this.#tokens?.refresh;
    sessionStorage.removeItem(TOKENS);
    this.#tokens = undefined;
    const server = await this.#server().catch(() => undefined);
    // The token is deleted here first; revoking it at the issuer is only tried.
    if (server?.revocation_endpoint !== undefined && refresh !== undefined)
      await oauth
        .revocationRequest(server, this.#client, oauth.None(), refresh, this.#insecure)
        .catch(() => undefined);
    if (server?.end_session_endpoint === undefined) return location.reload();
    const address = new URL(server.end_session_endpoint);
    address.searchParams.set('client_id', this.#settings.clientId);
    // The parameter's name in OpenID Connect, and in Cognito.
    for (const name of ['post_logout_redirect_uri', 'logout_uri'])
      address.searchParams.set(name, homeAddress());
    location.assign(address);
  }

  async #server(): Promise<oauth.AuthorizationServer> {
    const { issuer } = this.#settings;
    this.#issuer ??= oauth
      .discoveryRequest(issuer, { algorithm: 'oidc', ...this.#insecure })
      .then(async (response) => oauth.processDiscoveryResponse(issuer, response));
    // The next call tries again.
    this.#issuer.catch(() => (this.#issuer = undefined));
    return this.#issuer;
  }

  async #renewed({ access, refresh, name }: Tokens): Promise<string> {
    try {
      if (refresh === undefined) return this.#end();
      const server = await this.#server();
      const auth = oauth.None();
      const response = await oauth.refreshTokenGrantRequest(
        server,
        this.#client,
        auth,
        refresh,
        this.#insecure,
      );
      const given = await oauth.processRefreshTokenResponse(server, this.#client, response);
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

import * as oauth from 'oauth4webapi';

/** Sign-in by code flow with PKCE (RFC 7636) at an OpenID issuer, as a public client: for the desk and for `refunds sign-in`. */

/** Time limit of each request to an issuer that does not answer. */
const ISSUER_TIMEOUT_MS = 20_000;

export interface Issuer {
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly options: () => { readonly signal: AbortSignal; readonly [oauth.allowInsecureRequests]: boolean };
}

/** What must come back unchanged from the issuer. */
export interface SignIn {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export function newSignIn(): SignIn {
  return {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
  };
}

/** Reads the issuer's discovery document. @throws if there is none */
export async function issuerAt(issuer: URL, clientId: string): Promise<Issuer> {
  const options = () => ({
    signal: AbortSignal.timeout(ISSUER_TIMEOUT_MS),
    // http only for the issuer of a local run.
    [oauth.allowInsecureRequests]: issuer.protocol === 'http:',
  });
  const response = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...options() });
  const server = await oauth.processDiscoveryResponse(issuer, response);
  return { server, client: { client_id: clientId }, options };
}

/** The issuer's page on which a person signs in. */
export async function signInPage(
  { server, client }: Issuer,
  { state, nonce, verifier }: SignIn,
  asked: {
    readonly redirectUri: string;
    readonly scope: string;
    readonly audience?: string | undefined;
  },
): Promise<URL> {
  const page = new URL(server.authorization_endpoint ?? server.issuer);
  const query = {
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: asked.redirectUri,
    scope: asked.scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(asked.audience === undefined ? {} : { audience: asked.audience }),
  };
  for (const [name, value] of Object.entries(query)) page.searchParams.set(name, value);
  return page;
}

/** The tokens for the code with which the browser came back; the ID token is validated. @throws if the issuer refuses */
export async function tokensFor(
  { came, redirectUri }: { readonly came: URLSearchParams; readonly redirectUri: string },
  { server, client, options }: Issuer,
  { state, nonce, verifier }: SignIn,
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

import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  SignJWT,
} from 'jose';

import { LocalRunError } from './errors.ts';
import { LOOPBACK_NAMES } from './http-server.ts';
import { isObject, parseJson } from './json.ts';
import type { AuthorizerPlan } from './template/plan.ts';

export type TokenIssuer = Awaited<ReturnType<typeof createTokenIssuer>>;

export interface Subject {
  readonly sub: string;
  readonly groups?: readonly string[] | undefined;
  /** Separated by spaces. */
  readonly scope?: string | undefined;
}

interface Machine {
  readonly client_id: string;
  readonly scope?: string | undefined;
}

interface AccessToken {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
}

/** The default lifetime of Cognito's access tokens. */
const LIFETIME_SECONDS = 3600;

/**
 * Signs in the name of the issuer and for the audience that the template's authorizer trusts (Cognito's, unless the deployer
 * names another). The gateway checks against the keys given here instead of fetching them from that issuer.
 */
export async function createTokenIssuer(
  directory: string,
  { issuer, audience: [audience = ''] }: AuthorizerPlan,
) {
  const privateJwk = await keyOf(directory);
  const { kty, n, e } = privateJwk;
  const publicJwk = { kty, n, e } as JWK;
  const kid = await calculateJwkThumbprint(publicJwk);
  const jwks = { keys: [{ ...publicJwk, kid, alg: 'RS256', use: 'sig' }] };
  const key = await importJWK(privateJwk, 'RS256');
  const sign = async (sub: string, claims: JWTPayload): Promise<AccessToken> => {
    const token = new SignJWT({ iss: issuer, token_use: 'access', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setSubject(sub)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_SECONDS}s`);
    return { access_token: await token.sign(key), token_type: 'Bearer', expires_in: LIFETIME_SECONDS };
  };
  return {
    issuer,
    audience,
    jwks,
    keys: keysOf(issuer, createLocalJWKSet(jwks)),
    issue: ({ sub, groups, scope }: Subject) =>
      sign(sub, {
        // The claims of a Cognito access token, which has client_id instead of an audience.
        client_id: audience,
        username: sub,
        ...groupsClaim(groups),
        ...(scope !== undefined && { scope }),
      }),
    // The client's own id is no name that the authorizer knows, so the token has an audience.
    issueToMachine: ({ client_id, scope }: Machine) =>
      sign(client_id, { client_id, aud: audience, ...(scope !== undefined && { scope }) }),
    /** Says who has signed in, for a page; with it nobody may call the API. */
    issueIdToken: async ({ sub, groups }: Subject, claims: JWTPayload) => {
      const own = { aud: audience, 'cognito:username': sub, ...groupsClaim(groups) };
      return (await sign(sub, { token_use: 'id', ...own, ...claims })).access_token;
    },
  };
}

/** An issuer on this machine is asked for its keys, too, as an HTTP API asks. */
function keysOf(issuer: string, own: JWTVerifyGetKey): JWTVerifyGetKey {
  if (!LOOPBACK_NAMES.includes(new URL(issuer).hostname)) return own;
  let theirs: Promise<JWTVerifyGetKey> | undefined;
  return async (header, token) => {
    try {
      return await own(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      theirs ??= discoveredKeys(issuer);
      // The next request tries again; the issuer may have started by then.
      theirs.catch(() => (theirs = undefined));
      return (await theirs)(header, token);
    }
  };
}

async function discoveredKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const answer = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const found: unknown = await answer.json();
  const address = isObject(found) ? found['jwks_uri'] : undefined;
  if (typeof address !== 'string') throw new LocalRunError(`${issuer} does not say where its keys are.`);
  return createRemoteJWKSet(new URL(address));
}

function groupsClaim(groups: readonly string[] = []): JWTPayload {
  return groups.length > 0 ? { 'cognito:groups': groups } : {};
}

/** Kept between starts, so that a token in a browser tab is still valid after a restart. */
async function keyOf(directory: string): Promise<JWK> {
  const file = path.join(directory, 'token-issuer.json');
  const kept = await readFile(file, 'utf8').then(parseJson, () => undefined);
  if (isObject(kept) && kept['kty'] === 'RSA' && typeof kept['d'] === 'string') return kept;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  await writeFile(file, JSON.stringify(jwk), { mode: 0o600 });
  return jwk;
}

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitForReturn, type Return } from '../../../lib/cli/sign-in-return.ts';
import { createOidc } from '../../../lib/lab/local/oidc.ts';
import { createTokenIssuer } from '../../../lib/lab/local/token-issuer.ts';
import { NOW_MS, type, type Said } from './command-line.ts';

const servers: Server[] = [];
afterAll(() => servers.forEach((server) => server.close()));

async function listening(server: Server, host = '127.0.0.1'): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

describe('the local port for the sign-in redirect', () => {
  let back: Return;
  const notices: string[] = [];
  beforeEach(async () => {
    notices.length = 0;
    back = await waitForReturn('s1', 60_000, (line) => notices.push(line), [await free()]);
  });
  afterEach(async () => back.end());

  async function free(): Promise<string> {
    const server = createServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    return `http://localhost:${port}/signed-in`;
  }

  /** The status of a request to the port, as the browser or another program would send it. */
  async function asked(query: string, headers: object = {}, method = 'GET'): Promise<number> {
    const { port, pathname, search, host } = new URL(query, back.address);
    const to = { host: '127.0.0.1', port, path: pathname + search, method, headers: { host, ...headers } };
    return new Promise((resolve, reject) => {
      const sent = request(to, (response) => resolve(response.resume().statusCode ?? 0));
      sent.once('error', reject).end();
    });
  }

  it.each([
    ['?code=c&state=s2', {}, 400, 'from another sign-in'],
    ['?code=c', {}, 400, 'from another sign-in'],
    ['?code=c&state=s1&state=s1', {}, 400, 'from another sign-in'],
    ['?code=c&state=s1', { host: 'rebound.example' }, 403, 'of another page or host'],
    ['?code=c&state=s1', { origin: 'https://evil.example' }, 403, 'of another page or host'],
    ['?code=c&state=s1', { method: 'POST' }, 404, ''],
    ['/favicon.ico', {}, 404, ''],
  ])(
    'the port refuses a foreign request, reports it once, and still accepts the right one: %s %j',
    async (query, { method, ...headers }: Readonly<Record<string, string>>, status, why) => {
      expect(await asked(query, headers, method)).toBe(status);
      expect(await asked(query, headers, method)).toBe(status);
      expect(notices).toHaveLength(why === '' ? 0 : 1);
      expect(notices.join()).toContain(why);
      expect(await asked('?code=c&state=s1')).toBe(200);
      expect((await back.came)?.get('code')).toBe('c');
    },
  );

  it('the next port is used when a port is taken on IPv4 or IPv6', async () => {
    const [taken, takenToo, third] = [createServer(), createServer(), await free()];
    const ports = [await listening(taken), await listening(takenToo, '::1')];
    const addresses = ports.map((port) => `http://localhost:${port}/signed-in`);
    const next = await waitForReturn('s', 60_000, () => undefined, [...addresses, third]);
    expect(next.address).toBe(third);
    await next.end();
    await expect(waitForReturn('s', 60_000, () => undefined, addresses)).rejects.toThrow(
      `The ports that a browser can come back to are all in use: ${ports.join(', ')}.`,
    );
  });
});

describe('sign-in', () => {
  const CLIENT = 'client-1';
  let issuer: string;
  let service: string;
  let home: string;
  /** The Authorization headers that the service received. */
  const asked: (string | undefined)[] = [];

  beforeAll(async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'refunds-issuer-'));
    const tokens = await createTokenIssuer(folder, { issuer: 'https://issuer.example', audience: [CLIENT] });
    const oidc = createOidc({ issuer: tokens, now: Date.now });
    const server = createServer((received, response) => {
      void buffer(received)
        .then(async (body) =>
          oidc({
            method: received.method ?? '',
            target: received.url ?? '',
            headers: { host: received.headers.host },
            sourceIp: '',
            body,
          }),
        )
        .then((answer) => response.writeHead(answer?.status ?? 404, answer?.headers).end(answer?.body));
    });
    issuer = `http://127.0.0.1:${await listening(server)}/_local/oidc`;
    const api = createServer((received, response) => {
      asked.push(received.headers.authorization);
      response.writeHead(200).end(JSON.stringify({ refunds: [], next: null }));
    });
    service = `http://127.0.0.1:${await listening(api)}`;
  });
  beforeEach(async () => {
    asked.length = 0;
    home = await mkdtemp(path.join(tmpdir(), 'refunds-home-'));
  });
  afterEach(async () => rm(home, { recursive: true }));

  const kept = async (): Promise<readonly string[]> =>
    (await readdir(home, { recursive: true })).filter((name) => name.endsWith('.json'));

  /** A person who signs in as staff-1 in a browser; `more` overrides the form fields. */
  function person(more: Readonly<Record<string, string>> = {}) {
    return (address: string): void => {
      const body = new URLSearchParams({
        ...Object.fromEntries(new URL(address).searchParams),
        sub: 'staff-1',
        staff: 'yes',
        ...more,
      });
      void fetch(`${issuer}/authorize`, { method: 'POST', body, redirect: 'manual' })
        .then(async (answer) => fetch(answer.headers.get('location') ?? ''))
        .catch(() => undefined);
    };
  }

  async function say(words: string, world: Parameters<typeof type>[1] = {}): Promise<Said> {
    return type(words, { openBrowser: person(), ...world, env: { HOME: home, ...world.env } });
  }
  const signIn = async (world: Parameters<typeof type>[1] = {}): Promise<Said> =>
    say(`sign-in --api ${service} --issuer ${issuer} --client-id ${CLIENT}`, world);
  const list = async (world: Parameters<typeof type>[1] = {}, more = ''): Promise<Said> =>
    say(`export --from 2026-11-01 --api ${service}${more}`, world);

  it('sign-in keeps only the access token, in a file for its owner, and commands send it to that service', async () => {
    const { status, out, err } = await signIn();
    expect({ status, out }).toEqual({
      status: 0,
      out: `Signed in at ${service} until 2026-11-25 22:30:00.000 KST.`,
    });
    expect(err).toContain(`${issuer}/authorize?response_type=code&`);
    const [name = ''] = await kept();
    const file = path.join(home, name);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
    const text = await readFile(file, 'utf8');
    const { token } = JSON.parse(text) as { token: { access_token: string } };
    // The file contains one JWT only.
    expect(text.match(/eyJ[\w-]+\.eyJ/g)).toHaveLength(1);
    const claims = Buffer.from(token.access_token.split('.')[1] ?? '', 'base64url').toString();
    expect(claims).toContain('"token_use":"access"');
    expect((await list()).status).toBe(0);
    expect(asked).toEqual([`Bearer ${token.access_token}`]);
  });

  it('a token is never sent to another service', async () => {
    await signIn();
    const other = service.replace('127.0.0.1', 'localhost');
    expect(await say(`export --from 2026-11-01 --api ${other}`)).toMatchObject({ status: 2 });
    const [name = ''] = await kept();
    const text = await readFile(path.join(home, name), 'utf8');
    // A copied file does not help: the file names its service.
    await writeFile(path.join(home, name.replace('127.0.0.1', 'localhost')), text);
    expect((await say(`export --from 2026-11-01 --api ${other}`)).err).toContain(
      '--api needs you to sign in first',
    );
    expect(asked).toEqual([]);
  });

  it('REFUNDS_TOKEN wins over the kept token, and --token wins over both', async () => {
    await signIn();
    await list({ env: { REFUNDS_TOKEN: 'of-the-environment' } });
    await list({ env: { REFUNDS_TOKEN: 'of-the-environment' } }, ' --token of-the-line');
    expect(asked).toEqual(['Bearer of-the-environment', 'Bearer of-the-line']);
  });

  it('an expired token is deleted, and the next sign-in needs only --api', async () => {
    await signIn();
    const later = { nowMs: () => NOW_MS + 3_600_000 };
    for (const ended of ['has ended (2026-11-25 22:30:00.000 KST).', 'has ended.']) {
      const { status, err } = await list(later);
      expect(status).toBe(2);
      expect(err.replaceAll('\n    ', ' ')).toBe(
        `Your sign-in at ${service} ${ended}\nSign in again: npm run --silent refunds -- sign-in --api ${service}`,
      );
      expect(await readFile(path.join(home, (await kept())[0] ?? ''), 'utf8')).not.toContain('token');
    }
    expect((await say(`sign-in --api ${service}`, later)).status).toBe(0);
    expect((await list(later)).status).toBe(0);
  });

  it('sign-in --end deletes all kept data', async () => {
    await signIn();
    expect((await say(`sign-in --end --api ${service}`)).out).toBe(`Signed out at ${service}.`);
    expect(await kept()).toEqual([]);
    expect((await say(`sign-in --api ${service}`)).err).toContain('needs --issuer URL and --client-id ID');
  });

  it('a local run names its own issuer, and its commands need no --as after sign-in', async () => {
    const localInfo = async () => ({
      dynamodb: '',
      tables: { orders: '', ledger: '' },
      region: '',
      sign_in: { issuer, client_id: CLIENT },
    });
    expect((await say(`sign-in --url ${service}`, { localInfo })).status).toBe(0);
    expect((await say(`export --from 2026-11-01 --url ${service}`)).status).toBe(0);
    expect(asked).toHaveLength(1);
  });

  it.each([
    [{ deny: 'yes' }, 1, 'has refused it: access_denied'],
    [{ code_challenge: 'c'.repeat(43) }, 1, 'has refused it: invalid_grant'],
    [{ code_challenge_method: 'plain' }, 1, 'has refused it: invalid_request, "PKCE with S256 is required"'],
    [{ nonce: 'of-another' }, 2, 'unexpected ID Token "nonce" claim value'],
  ])('a failed sign-in keeps no token: %j', async (more, status, why) => {
    const said = await signIn({ openBrowser: person(more) });
    expect(said.status).toBe(status);
    expect(`${said.text} ${said.err.replaceAll('\n    ', ' ')}`).toContain(why);
    expect(await kept()).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFrontDoor } from '../../../lib/lab/local/front-door.ts';
import { startTestRun, type TestRun } from '../../support/local-run.ts';
import { statusByName } from './by-name.ts';
import { containing } from './containing.ts';

const SHOP = 'http://localhost:5173';
const EVIL = 'https://evil.example';
let run: TestRun;
let notices: string[];

beforeAll(async () => {
  notices = [];
  run = await startTestRun({
    allowedOrigins: [SHOP],
    log: (kind, line) => kind === 'notice' && notices.push(line),
  });
});
afterAll(() => run.end());

function preflight(target: string, origin: string): Promise<Response> {
  return fetch(`${run.url}${target}`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  });
}

describe('the name by which the local run is called', () => {
  it.each(['rebound.example', 'localhost', '127.0.0.1:1', '127.0.0.1.rebound.example'])(
    '%s is not one of its own and is refused, with those that are',
    async (host) => {
      expect(await statusByName(host, `${run.url}/_local/token`)).toBe(403);
      expect(await statusByName(host, `${run.url}/payments/cancel`)).toBe(403);
    },
  );

  it.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])('%s with its port is its own', async (name) => {
    const { port } = new URL(run.url);
    expect(await statusByName(`${name}:${port}`, `${run.url}/payments/cancel`)).toBe(401);
  });
});

describe('a page of another origin at the API', () => {
  it('is refused with how to be let in, and the person at the terminal is told once', async () => {
    const answers = [await preflight('/payments/cancel', EVIL), await preflight('/payments/cancel', EVIL)];
    const refusal = `A page of ${EVIL} may not call this API: start the local run with ALLOWED_ORIGINS=${EVIL}`;
    for (const answer of answers) {
      expect(answer.status).toBe(403);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      expect(await answer.json()).toEqual({ message: containing(refusal) });
    }
    expect(notices.filter((line) => line.startsWith(refusal))).toHaveLength(1);
  });

  it.each([
    ['a request that asks for no permission first', EVIL],
    ['a page without an origin', 'null'],
    ["another server's page on this machine", 'http://127.0.0.1:1'],
  ])('is refused for %s', async (_, origin) => {
    const answer = await run.call('POST', '/webhooks/iamport', {
      body: { imp_uid: 'imp_1' },
      headers: { origin },
    });
    expect(answer.status).toBe(403);
  });

  it('is let in when ALLOWED_ORIGINS names it, and may read what the API exposes', async () => {
    const allowed = await preflight('/payments/cancel', SHOP);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(SHOP);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    const refused = await run.call('POST', '/payments/cancel', { body: {}, headers: { origin: SHOP } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe(SHOP);
    expect(refused.headers.get('access-control-expose-headers')).toContain('retry-after');
  });

  it('never reaches the controls, not even when the API lets it in', async () => {
    for (const origin of [SHOP, EVIL, 'null']) {
      expect((await preflight('/_local/token', origin)).status).toBe(403);
      const asked = await run.call('POST', '/_local/token', { body: { sub: 'x' }, headers: { origin } });
      expect(asked).toMatchObject({ status: 403, body: { message: containing(`not a page of ${origin}`) } });
    }
  });

  it('is not kept out when it is a page of the local run itself', async () => {
    const body = { sub: 'x' };
    for (const origin of [run.url, run.url.replace('127.0.0.1', 'localhost')]) {
      expect((await run.call('POST', '/_local/token', { body, headers: { origin } })).status).toBe(200);
    }
  });
});

describe('the services beside the API', () => {
  it.each(['dynamodb', 'secrets_manager', 'iamport'])(
    '%s answers no page and no foreign name',
    async (name) => {
      const { body } = await run.call('GET', '/_local');
      const url = String(body[name]);
      for (const method of ['OPTIONS', 'POST']) {
        const answer = await fetch(url, {
          method,
          headers: { origin: run.url, 'access-control-request-method': 'POST' },
        });
        expect(answer.status).toBe(403);
        expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      }
      expect(await statusByName('rebound.example', url)).toBe(403);
    },
  );
});

describe("the door's own faults", () => {
  it('are a 500 in JSON and are told, and before the rooms are open it asks to try again', async () => {
    const faults: unknown[] = [];
    const door = await openFrontDoor(0, (error) => faults.push(error));
    const early = await fetch(door.url);
    expect({ status: early.status, retryAfter: early.headers.get('retry-after') }).toEqual({
      status: 503,
      retryAfter: '1',
    });
    const bug = new Error('Bug: on purpose');
    door.letIn({
      gateway: { serves: () => true, handle: () => Promise.reject(bug) },
      controls: () => Promise.reject(bug),
      pages: () => Promise.resolve(undefined),
      allowsOrigin: () => false,
      log: () => undefined,
    });
    const failed = await fetch(door.url);
    expect(failed.status).toBe(500);
    expect(await failed.json()).toEqual({ message: 'Internal Server Error' });
    expect(faults).toEqual([bug]);
    await door.end();
  });
});

import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { type, type Said } from './command-line.ts';

interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

let server: Server | undefined;
afterEach(() => server?.close());

/** A service that notes what it is asked, and answers with this. */
async function serving(status: number, answer: object) {
  const asked: Asked[] = [];
  const note = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    asked.push({ path, headers: request.headers, body: JSON.parse(await text(request)) });
    const isToken = path === '/_local/token';
    response.writeHead(isToken ? 200 : status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isToken ? { access_token: 'of-staff' } : answer));
  };
  const listening = createServer((request, response) => void note(request, response));
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  const close = async (words: string): Promise<Said> =>
    type(`close ${words} --evidence seen`, { env: { REFUNDS_TOKEN: 'mine' } });
  return { url, asked, close };
}

describe('close', () => {
  it.each([
    ['--executed --cancellation-id C1', { verdict: 'executed', entries: [{ cancellation_id: 'C1' }] }],
    [
      '--executed --cancellation-id C1 --cancellation-id C2 --entry 1769871700/14.20',
      {
        verdict: 'executed',
        entries: [
          { cancellation_id: 'C1' },
          { cancellation_id: 'C2' },
          { cancelled_at: 1_769_871_700, amount: 14.2 },
        ],
      },
    ],
    ['--executed --unlisted --amount 3000', { verdict: 'executed', listed: false, amount: 3_000 }],
    ['--not-executed', { verdict: 'not_executed' }],
    ['--undone', { verdict: 'undone' }],
  ])('says what the service understands: %s', async (words, verdict) => {
    const { url, asked, close } = await serving(202, {});
    const { status, out } = await close(`ORD-1 rf_1 ${words} --api ${url}`);
    expect({ status, out }).toEqual({
      status: 0,
      out: 'rf_1: proposed. A second member of staff has to say the same.',
    });
    expect(asked).toMatchObject([
      {
        path: '/payments/ORD-1/refunds/rf_1/close',
        headers: { authorization: 'Bearer mine' },
        body: { ...verdict, evidence: 'seen' },
      },
    ]);
  });

  it('names the payment by imp_uid where an address cannot carry the order number', async () => {
    const { url, asked, close } = await serving(200, {});
    const { out } = await close(`--imp-uid imp_1 rf_1 --undone --api ${url}`);
    expect(out).toBe('rf_1: closed.');
    expect(asked[0]?.path).toBe('/payments/-/refunds/rf_1/close?imp_uid=imp_1');
  });

  it('signs staff in at a local run', async () => {
    const { url, asked, close } = await serving(200, {});
    await close(`ORD-1 rf_1 --undone --url ${url} --as kim`);
    expect(asked[0]).toMatchObject({ path: '/_local/token', body: { sub: 'kim', groups: ['refund-staff'] } });
    expect(asked[1]?.headers.authorization).toBe('Bearer of-staff');
  });

  it('tells why the service has refused, field by field, and the same as JSON', async () => {
    const problem = {
      code: 'INVALID_REQUEST',
      detail: 'Nothing was closed.',
      errors: [{ pointer: '/entries', message: 'must not name\nan older entry' }],
    };
    const { url, close } = await serving(400, problem);
    const { status, out } = await close(`ORD-1 rf_1 --undone --api ${url}`);
    expect(status).toBe(1);
    expect(out.split('\n')).toEqual([
      'rf_1: refused (400). INVALID_REQUEST: Nothing was closed.',
      String.raw`  /entries must not name\u000aan older entry`,
    ]);
    const json = await close(`ORD-1 rf_1 --undone --api ${url} --json`);
    expect(JSON.parse(json.out)).toEqual(problem);
  });
});

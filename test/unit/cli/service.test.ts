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
import { listedJson } from '../../../functions/http/listed.ts';
import { cancelled } from '../../support/ledger-samples.ts';
import { NOW_MS, type, type Said } from './command-line.ts';

interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server | undefined;
afterEach(() => server?.close());

/** A service that records its requests and gives these answers in order; the last one repeats. */
async function serving(...answers: readonly (readonly [number, object])[]) {
  const asked: Asked[] = [];
  const note = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    const body = await text(request);
    const isToken = path === '/_local/token';
    const [status, answer] = isToken
      ? ([200, { access_token: `staff ${body}` }] as const)
      : (answers[Math.min(asked.length, answers.length - 1)] ?? ([500, {}] as const));
    if (!isToken) asked.push({ path, headers: request.headers, body });
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  };
  const listening = createServer((request, response) => void note(request, response));
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  const progress: string[] = [];
  const world = { env: { REFUNDS_TOKEN: 'mine' }, progress: (line: string) => progress.push(line) };
  return {
    asked,
    progress,
    say: async (words: string): Promise<Said> => type(`${words} --api ${url}`, world),
    url,
  };
}

function row(number: number) {
  const item = cancelled({ refundId: `rf_${number}`, reason: '=1+1\u001b', cancelledAtMs: NOW_MS });
  return listedJson(item, { nowMs: NOW_MS, quietPeriodMs: undefined });
}

const TWO_PAGES = [
  [200, { refunds: [row(1), row(2)], next: 'page-2' }],
  [200, { refunds: [row(3)], next: null }],
] as const;

describe('export', () => {
  it('export joins the pages, prints one refund per line, and reports its progress', async () => {
    const { asked, progress, say } = await serving(...TWO_PAGES);
    const { status, out } = await say('export --from 2026-11-01 --to 2026-11-25 --status cancelled');
    expect(status).toBe(0);
    expect(out.split('\n').map((line): unknown => JSON.parse(line))).toEqual([row(1), row(2), row(3)]);
    expect(out).not.toContain('\u001b');
    const query = '/refunds?from=2026-11-01&to=2026-11-25&status=cancelled&limit=100';
    expect(asked.map(({ path }) => path)).toEqual([query, `${query}&cursor=page-2`]);
    expect(asked[0]?.headers.authorization).toBe('Bearer mine');
    expect(progress).toContain('2 refunds, back to 2026-11-25');
    expect(progress.at(-1)).toBe('');
  });

  it('export --json prints one document, and --csv prints a spreadsheet without formulas', async () => {
    const json = await serving(...TWO_PAGES);
    expect(JSON.parse((await json.say('export --from 2026-11-01 --json')).out)).toEqual({
      refunds: [row(1), row(2), row(3)],
    });
    server?.close();
    const csv = await serving(...TWO_PAGES);
    const lines = (await csv.say('export --from 2026-11-01 --csv')).out.split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^\uFEFFrefund_id,merchant_uid,.*\r$/);
    expect(lines[3]).toMatch(/^rf_3,.*,'=1\+1\\u001b,.*\r$/);
  });

  it('export waits after a 429 and continues', async () => {
    const { asked, say } = await serving(TWO_PAGES[0], [429, { message: 'Too Many Requests' }], TWO_PAGES[1]);
    expect((await say('export --from 2026-11-01')).out.split('\n')).toHaveLength(3);
    expect(asked).toHaveLength(3);
  });

  it('export reports an incomplete output when a later page fails', async () => {
    const { say } = await serving(TWO_PAGES[0], [401, { message: 'Unauthorized' }]);
    const { status, err } = await say('export --from 2026-11-01');
    expect(status).toBe(2);
    expect(err).toContain('(401)');
    expect(err).toContain('The output so far is incomplete (2 refunds)');
  });

  it('export prints why the service refused, as JSON with --json', async () => {
    const { say } = await serving([403, { code: 'FORBIDDEN', detail: 'Not allowed.' }]);
    expect(await say('export --from 2026-11-01')).toMatchObject({
      status: 1,
      out: 'refused (403). FORBIDDEN: Not allowed.',
    });
    const json = await say('export --from 2026-11-01 --json');
    expect(JSON.parse(json.out)).toEqual({ code: 'FORBIDDEN', detail: 'Not allowed.' });
  });

  it('export advises to sign in again when the gateway refuses the token', async () => {
    const { say } = await serving([401, { message: 'Unauthorized' }]);
    expect((await say('export --from 2026-11-01')).told).toMatch(/^refused \(401\)[^]*: sign in again\.$/);
  });

  it.each([
    ['export', 'export needs --from DAY.'],
    ['export --from 2026-11-01 --csv --json', '--csv and --json exclude each other: give one of them.'],
    ['export --from 2026-11-01', 'export needs --as SUB (a local run), or --api URL (AWS).'],
    ['export --from 2026-13-01 --as kim', '--from must be a day of Korea'],
  ])('export sends nothing when its arguments are wrong: %s', async (words, why) => {
    const { status, err } = await type(words);
    expect(status).toBe(2);
    expect(err).toContain(why);
  });
});

describe('list --api', () => {
  it('list --api lists the refunds of a period with totals', async () => {
    const { asked, say } = await serving(...TWO_PAGES);
    const { status, told } = await say('list --from 2026-11-01 --imp-uid imp_1');
    expect(status).toBe(0);
    expect(told.split('\n').at(-1)).toBe('cancelled: 3 refunds, 3,000 KRW');
    expect(asked[0]?.path).toBe('/refunds?from=2026-11-01&limit=100&imp_uid=imp_1');
    expect(asked[0]?.headers.authorization).toBe('Bearer mine');
  });

  it('list --api lists the open refunds when no period is given', async () => {
    const { asked, say } = await serving([200, { refunds: [], next: null }]);
    expect(await say('list')).toMatchObject({ status: 0, out: 'No refund is listed.' });
    expect(asked[0]?.path).toBe('/refunds?limit=100&status=open');
  });

  it('list --api prints why the service refused, as JSON with --json', async () => {
    const { say } = await serving([403, { code: 'FORBIDDEN', detail: 'Not allowed.' }]);
    expect(await say('list')).toMatchObject({ status: 1, out: 'refused (403). FORBIDDEN: Not allowed.' });
    const json = await say('list --json');
    expect(JSON.parse(json.out)).toEqual({ code: 'FORBIDDEN', detail: 'Not allowed.' });
  });

  it.each([
    ['list --api https://refunds.shop.example --table T', '--table belongs to a table'],
    ['list --token T', '--token belongs to --api.'],
    ['list --api https://refunds.shop.example', '--api needs you to sign in first'],
    ['list --api https://refunds.shop.example --csv --json', '--csv and --json exclude each other'],
  ])('list --api sends nothing when its arguments are wrong: %s', async (words, why) => {
    const { status, err } = await type(words);
    expect(status).toBe(2);
    expect(err).toContain(why);
  });
});

describe('acknowledge', () => {
  it('acknowledge sends the finding and the note with the token of a staff member', async () => {
    const { asked, url } = await serving([200, { finding: { id: 'fd_1' } }]);
    const { status, out } = await type(`acknowledge fd_1 --note 'seen at the PG' --url ${url} --as kim`);
    expect({ status, out }).toEqual({ status: 0, out: 'fd_1: acknowledged.' });
    expect(asked).toMatchObject([
      {
        path: '/reconciliation/findings/fd_1/acknowledge',
        headers: { authorization: 'Bearer staff {"sub":"kim","groups":["refund-staff"]}' },
      },
    ]);
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ note: 'seen at the PG' });
  });

  it('acknowledge prints why the service refused', async () => {
    const problem = { code: 'FINDING_NOT_FOUND', detail: 'No such finding.' };
    const { say } = await serving([404, problem]);
    expect(await say('acknowledge fd/1 --note x')).toMatchObject({
      status: 1,
      out: 'fd/1: refused (404). FINDING_NOT_FOUND: No such finding.',
    });
  });

  it.each([
    ['acknowledge --note x --as kim', 'acknowledge needs <finding>; reconcile --last names it.'],
    ['acknowledge fd_1 --as kim', 'acknowledge needs --note TEXT: what has been found out.'],
    ['acknowledge fd_1 --note x', 'acknowledge needs --as SUB (a local run), or --api URL (AWS).'],
  ])('acknowledge sends nothing when an argument is missing: %s', async (words, why) => {
    expect(await type(words)).toMatchObject({ status: 2, err: why });
  });
});

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
  ])('close sends the verdict in the form of the API: %s', async (words, verdict) => {
    const { asked, say } = await serving([202, {}]);
    const { status, out } = await say(`close ORD-1 rf_1 ${words} --evidence seen`);
    expect({ status, out }).toEqual({
      status: 0,
      out: 'rf_1: proposed. A second member of staff must give the same verdict.',
    });
    expect(asked).toMatchObject([
      { path: '/payments/ORD-1/refunds/rf_1/close', headers: { authorization: 'Bearer mine' } },
    ]);
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ ...verdict, evidence: 'seen' });
  });

  it('close names the payment by imp_uid when the order number does not fit into a path', async () => {
    const { asked, say } = await serving([200, {}]);
    const { out } = await say('close --imp-uid imp_1 rf_1 --undone --evidence seen');
    expect(out).toBe('rf_1: closed.');
    expect(asked[0]?.path).toBe('/payments/-/refunds/rf_1/close?imp_uid=imp_1');
  });

  it('close prints why the service refused, field by field, or as JSON', async () => {
    const problem = {
      code: 'INVALID_REQUEST',
      detail: 'Nothing was closed.',
      errors: [{ pointer: '/entries', message: 'must not name\nan older entry' }],
    };
    const { say } = await serving([400, problem]);
    const { status, out } = await say('close ORD-1 rf_1 --undone --evidence seen');
    expect(status).toBe(1);
    expect(out.split('\n')).toEqual([
      'rf_1: refused (400). INVALID_REQUEST: Nothing was closed.',
      String.raw`  /entries must not name\u000aan older entry`,
    ]);
    const json = await say('close ORD-1 rf_1 --undone --evidence seen --json');
    expect(JSON.parse(json.out)).toEqual(problem);
  });
});

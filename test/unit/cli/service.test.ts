import { describe, expect, it } from 'vitest';
import { listedJson } from '../../../functions/http/listed.ts';
import { EMPTY_REPORT } from '../../../functions/protocol/reconciliation-notes.ts';
import { jsonServer, type Asked } from '../../support/json-server.ts';
import { cancelled } from '../../support/ledger-samples.ts';
import { NOW_MS, type, type Said } from './command-line.ts';

/** A service that gives these answers in order, the last one again and again, and any token. */
async function serving(...answers: readonly (readonly [number, object])[]) {
  const asked: Asked[] = [];
  const { url } = await jsonServer((request) => {
    if (request.path === '/_local/token')
      return [200, { access_token: `staff ${JSON.stringify(request.body)}` }];
    asked.push(request);
    return answers[Math.min(asked.length, answers.length) - 1] ?? [500, {}];
  });
  const env = { REFUNDS_TOKEN: 'mine' };
  const say = async (words: string): Promise<Said> => type(`${words} --api ${url}`, { env });
  return { asked, say, url };
}

function row(number: number) {
  const item = cancelled({ refundId: `rf_${number}`, reason: '=1+1\u001b', cancelledAtMs: NOW_MS });
  return listedJson(item, { nowMs: NOW_MS, quietPeriodMs: undefined });
}

/** Midnight in Korea at the start of that day of November, in Unix seconds. */
const midnight = (day: number): number => Date.UTC(2026, 10, day, -9) / 1000;

const TWO_PAGES = [
  [200, { refunds: [row(1), row(2)], next: 'page-2' }],
  [200, { refunds: [row(3)], next: null }],
] as const;

describe('every command that calls the service', () => {
  it.each(['export --from 2026-11-01', 'acknowledge fd_1 --note x', 'close O rf_1 --undone --evidence x'])(
    '%s prints why the service refused, field by field, or the whole answer with --json',
    async (words) => {
      const problem = {
        code: 'INVALID_REQUEST',
        detail: 'Not done.',
        errors: [{ pointer: '/entries', message: 'must not name\nan older entry' }],
      };
      const { say } = await serving([400, problem]);
      const { status, out } = await say(words);
      expect(status).toBe(1);
      const [first = '', ...others] = out.split('\n');
      expect(first).toMatch(/(^|: )refused \(400\)\. INVALID_REQUEST: Not done\.$/);
      expect(others).toEqual([String.raw`  /entries must not name\u000aan older entry`]);
      expect(JSON.parse((await say(`${words} --json`)).out)).toEqual({ ...problem, status: 400 });
    },
  );

  it('a command advises to sign in again when the gateway refuses the token', async () => {
    const { say } = await serving([401, { message: 'Unauthorized' }]);
    expect((await say('export --from 2026-11-01')).text).toMatch(/^refused \(401\)[^]*: sign in again\.$/);
  });
});

describe('export', () => {
  it('export joins the pages, prints one refund per line', async () => {
    const { asked, say } = await serving(...TWO_PAGES);
    const { status, out } = await say('export --from 2026-11-01 --to 2026-11-25 --status cancelled');
    expect(status).toBe(0);
    expect(out.split('\n').map((line): unknown => JSON.parse(line))).toEqual([row(1), row(2), row(3)]);
    expect(out).not.toContain('\u001b');
    const query = '/refunds?from=2026-11-01&to=2026-11-25&status=cancelled&limit=100';
    expect(asked.map(({ path }) => path)).toEqual([query, `${query}&cursor=page-2`]);
    expect(asked[0]?.headers.authorization).toBe('Bearer mine');
  });

  it('export --json prints one document, and --csv prints a spreadsheet without formulas', async () => {
    const one = await serving(...TWO_PAGES);
    expect(JSON.parse((await one.say('export --from 2026-11-01 --json')).out)).toEqual({
      refunds: [row(1), row(2), row(3)],
    });
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
    expect(asked[0]?.body).toEqual({ note: 'seen at the PG' });
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
    expect(asked[0]?.body).toEqual({ ...verdict, evidence: 'seen' });
  });

  it('close names the payment by imp_uid when the order number does not fit into a path', async () => {
    const { asked, say } = await serving([200, {}]);
    const { out } = await say('close --imp-uid imp_1 rf_1 --undone --evidence seen');
    expect(out).toBe('rf_1: closed.');
    expect(asked[0]?.path).toBe('/payments/-/refunds/rf_1/close?imp_uid=imp_1');
  });
});

describe('reconcile', () => {
  it.each([
    ['--from 2026-11-24 --to 2026-11-24', { fromSeconds: midnight(24), toSeconds: midnight(25) }],
    ['--from 2026-11-24 --to 2026-11-25', { fromSeconds: midnight(24), toSeconds: NOW_MS / 1000 }],
    ['', {}],
  ])(
    'reconcile compares the days of Korea that are given, until now at most: "%s"',
    async (words, window) => {
      const answer = { finished: true, progress: 1, report: EMPTY_REPORT };
      const { asked, url } = await serving([200, answer]);
      const { status, out } = await type(`reconcile ${words} --url ${url}`);
      expect(status).toBe(0);
      expect(out).toContain('0 payments compared');
      expect(asked).toMatchObject([{ path: '/_local/reconcile', body: window }]);
    },
  );
});

describe('events', () => {
  it('events sends the events of a period again, one part after the other', async () => {
    const cursor = { atMs: 5, refundId: 'rf_1' };
    const { asked, url } = await serving([200, { sent: 100, kept: 0, cursor }], [200, { sent: 20, kept: 0 }]);
    const { status, out } = await type(`events --from 2026-11-24 --to 2026-11-24 --url ${url}`);
    expect({ status, out }).toEqual({ status: 0, out: '120 events sent again.' });
    const day = { fromSeconds: midnight(24), toSeconds: midnight(25) };
    expect(asked.map(({ body }) => body)).toEqual([day, { ...day, cursor }]);
  });

  it('events exits with 1 when the bus does not accept some; without --to the period ends now', async () => {
    const { asked, url } = await serving([200, { sent: 1, kept: 2 }]);
    const { status, out } = await type(`events --from 2026-11-24 --json --url ${url}`);
    expect({ status, out }).toEqual({ status: 1, out: '{"sent":1,"kept":2}' });
    const words = await type(`events --from 2026-11-24 --url ${url}`);
    expect(words.out).toContain('2 not sent: they are in the queue');
    expect(asked[0]?.body).toMatchObject({ toSeconds: Math.ceil(NOW_MS / 1000) });
  });
});

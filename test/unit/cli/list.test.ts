import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { refundKey } from '../../../functions/ledger/keys.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import type { RequestedRefund } from '../../../functions/refund/refund.ts';
import type { LedgerReads } from '../../../lib/cli/tables.ts';
import { FakeTable } from '../../support/fake-table.ts';
import { REFUND_ID, requested, thePayment, won } from '../../support/ledger-samples.ts';
import { holding, NOW_MS, type } from './command-line.ts';

const ASKED_MS = NOW_MS - 20 * 60_000;
const DRIFT = { doubt: { why: DOUBTS.couldBeOurs, cancelAmount: won(3_500) } };

/** A refund that has been in doubt for twenty minutes, on its own order. */
function open(
  merchantUid: string,
  fields: Partial<RequestedRefund> = {},
  table = new FakeTable(),
): LedgerReads {
  const key = { merchantUid, impUid: `imp_${merchantUid}` };
  const refund = requested({
    ...key,
    amount: won(3_000),
    requestedAtMs: ASKED_MS,
    claimedAtMs: ASKED_MS,
    ...fields,
  });
  return holding(thePayment({ ...key, inFlight: refund.refundId }), [refund], table);
}

describe('list', () => {
  it('list shows why a refund is in doubt and both balances, and says when none is', async () => {
    const { status, told } = await type('list', { ledger: open('ORD-1', DRIFT) });
    expect(status).toBe(0);
    expect(told.split('\n')).toEqual([
      `20 min  3,000 KRW  DRIFT  ${REFUND_ID}`,
      '    order ORD-1, payment imp_ORD-1',
      `    ${DOUBTS.couldBeOurs}; cancelled here 0 KRW, at i'mport 3,500 KRW`,
      '1 in doubt.',
    ]);
    const nothing = await type('list', { ledger: new FakeTable().ledger() });
    expect(nothing).toMatchObject({ status: 0, out: 'Nothing is in doubt.' });
  });

  it('list shows a proposal and who made it', async () => {
    const proposal = {
      said: { verdict: 'not_executed' },
      evidence: 'PG console',
      by: { sub: 'staff-1', person: 'Kim' },
      atMs: NOW_MS - 60_000,
    } as const;
    const { told } = await type('list', { ledger: open('ORD-1', { proposal }) });
    expect(told).toContain('not looked at yet');
    expect(told).toContain('; not_executed proposed by Kim');
  });

  it('list reads 16 payments at once, still prints the oldest first, and reports its progress', async () => {
    const table = new FakeTable();
    for (let index = 0; index < 300; index += 1) {
      const refundId = `rf_${String(index).padStart(24, '0')}`;
      open(`ORD-${index}`, { refundId, requestedAtMs: ASKED_MS - index }, table);
    }
    const ledger = table.ledger();
    let atWork = 0;
    let most = 0;
    const slow: LedgerReads = {
      ...ledger,
      payment: async (key) => {
        atWork += 1;
        most = Math.max(most, atWork);
        await setImmediate();
        atWork -= 1;
        return ledger.payment(key);
      },
    };
    const progress: string[] = [];
    const { out } = await type('list', { ledger: slow, progress: (line) => progress.push(line) });
    // Sequential reads of 5,000 payments take minutes; 5,000 at once would be throttled.
    expect(most).toBe(16);
    const orders = [...out.matchAll(/order ORD-(\d+),/g)].map(([, number]) => Number(number));
    expect(orders).toEqual(Array.from({ length: 300 }, (_, index) => 299 - index));
    expect(out).toContain('300 in doubt.');
    expect(progress).toContain('300 of 300 read');
    expect(progress.at(-1)).toBe('');
  });

  it('list shows a refund that cannot be read with the error, and still lists the others', async () => {
    const table = new FakeTable();
    open('ORD-1', {}, table);
    const refundId = 'rf_zzzzzzzzzzzzzzzzzzzzzzzz';
    const ledger = open('ORD-BROKEN', { refundId }, table);
    const key = refundKey({ merchantUid: 'ORD-BROKEN', impUid: 'imp_ORD-BROKEN', refundId });
    table.put({ ...table.item(key), ...key, amount: 'three thousand' });
    const { status, out } = await type('list', { ledger });
    expect(status).toBe(1);
    expect(out).toMatch(/CANNOT BE READ {2}rf_zzz.*\n {4}order ORD-BROKEN, payment imp_ORD-BROKEN\n.*amount/);
    expect(out).toContain('order ORD-1,');
    expect(out).toContain('1 in doubt, and 1 that cannot be read.');
  });

  it('list --imp-uid --json prints the refunds of one payment as JSON', async () => {
    const table = new FakeTable();
    open('ORD-1', DRIFT, table);
    const ledger = open('ORD-2', { refundId: 'rf_zzzzzzzzzzzzzzzzzzzzzzzz' }, table);
    const { out } = await type('list --imp-uid imp_ORD-1 --json', { ledger });
    const { in_doubt: inDoubt, unreadable } = JSON.parse(out) as Record<string, unknown[]>;
    expect(unreadable).toEqual([]);
    expect(inDoubt).toMatchObject([
      {
        merchant_uid: 'ORD-1',
        age_seconds: 1_200,
        cancelled: { here: 0, iamport: 3_500 },
        refund: { refund_id: REFUND_ID, in_doubt: { why: DOUBTS.couldBeOurs, drift: true } },
      },
    ]);
  });
});

describe('drift in list and explain', () => {
  async function drift(words: string, seconds?: number): Promise<unknown> {
    const local = { dynamodb: '', tables: { orders: '', ledger: '' }, region: '' };
    const info = seconds === undefined ? local : { ...local, quiet_period_seconds: seconds };
    const { out } = await type(words, { ledger: open('ORD-1', DRIFT), localInfo: async () => info });
    return /"drift":(\w+)/.exec(out)?.[1];
  }

  it.each(['list', 'explain ORD-1'])(
    '%s decides drift by the quiet period of the local run',
    async (command) => {
      expect(await drift(`${command} --json`, 180)).toBe('true');
      expect(await drift(`${command} --json`, 600)).toBe('false');
      expect(await drift(`${command} --json`)).toBe('null');
    },
  );

  it.each(['list', 'explain ORD-1'])(
    '%s reports drift as null for a table in AWS unless --quiet-period is given',
    async (command) => {
      const inAws = `${command} --json --table ledger`;
      expect(await drift(inAws, 180)).toBe('null');
      expect(await drift(`${inAws} --quiet-period 180`)).toBe('true');
      expect(await drift(`${inAws} --quiet-period 600`)).toBe('false');
    },
  );

  it('list refuses an invalid --quiet-period, and one for a local run', async () => {
    const ledger = open('ORD-1', DRIFT);
    const { err } = await type('list --table ledger --quiet-period 3min', { ledger });
    expect(err).toBe('--quiet-period must be a whole number of seconds, not "3min".');
    const other = await type('list --quiet-period 180', { ledger });
    expect(other.err).toBe('--quiet-period belongs to --table: a local run has its own.');
  });
});

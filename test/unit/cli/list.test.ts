import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { refundKey } from '../../../functions/ledger/keys.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import type { RequestedRefund } from '../../../functions/refund/refund.ts';
import type { LedgerReads } from '../../../lib/cli/tables.ts';
import { FakeTable } from '../../support/fake-table.ts';
import {
  cancelled,
  closedBy,
  elsewhere,
  proposed,
  REFUND_ID,
  rejected,
  requested,
  thePayment,
  won,
} from '../../support/ledger-samples.ts';
import { holding, NOW_MS, printed, type } from './command-line.ts';

const at = (hours: number) => NOW_MS - hours * 3_600_000;
const ASKED_MS = NOW_MS - 20 * 60_000;
const DRIFT = { doubt: { why: DOUBTS.couldBeOurs, cancelAmount: won(3_500) } };

/** A refund that has been in doubt for twenty minutes, on its own order. */
function open(
  merchantUid: string,
  fields: Partial<RequestedRefund> = {},
  table = new FakeTable(),
): LedgerReads {
  const key = { merchantUid, impUid: `imp_${merchantUid}` };
  const asked = { amount: won(3_000), requestedAtMs: ASKED_MS, claimedAtMs: ASKED_MS };
  const refund = requested({ ...key, ...asked, ...fields });
  return holding(thePayment({ ...key, inFlight: refund.refundId }), [refund], table);
}

describe('list of the open refunds', () => {
  it('list shows why a refund is in doubt, both balances, and who has proposed what', async () => {
    const proposal = proposed({ said: { verdict: 'not_executed' }, atMs: NOW_MS - 60_000 });
    const { status, out } = await type('list', { ledger: open('ORD-1', { ...DRIFT, proposal }) });
    expect(status).toBe(0);
    expect(out).toBe(
      printed([
        `20 min  3,000 KRW  DRIFT  ${REFUND_ID}`,
        '    order ORD-1, payment imp_ORD-1',
        `    ${DOUBTS.couldBeOurs}; cancelled here 0 KRW, at i'mport 3,500 KRW; not_executed proposed by Kim`,
        '1 in doubt.',
      ]),
    );
    const nothing = await type('list', { ledger: new FakeTable().ledger() });
    expect(nothing).toMatchObject({ status: 0, out: 'Nothing is in doubt.' });
  });

  it('list reads 16 payments at once and still prints the oldest first', async () => {
    const table = new FakeTable();
    for (let index = 0; index < 40; index += 1) {
      const refundId = `rf_${String(index).padStart(24, '0')}`;
      open(`ORD-${index}`, { refundId, requestedAtMs: ASKED_MS - index }, table);
    }
    const ledger = table.ledger();
    let atWork = 0;
    let most = 0;
    const payment: LedgerReads['payment'] = async (key) => {
      atWork += 1;
      most = Math.max(most, atWork);
      await setImmediate();
      atWork -= 1;
      return ledger.payment(key);
    };
    const { out } = await type('list', { ledger: { ...ledger, payment } });
    // Sequential reads of 5,000 payments take minutes; 5,000 at once would be throttled.
    expect(most).toBe(16);
    const orders = [...out.matchAll(/order ORD-(\d+),/g)].map(([, number]) => Number(number));
    expect(orders).toEqual(Array.from({ length: 40 }, (_, index) => 39 - index));
    expect(out).toContain('40 in doubt.');
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
  it.each([
    ['', 180, 'true'],
    ['', 600, 'false'],
    [' --table ledger', 180, 'null'],
  ])(
    'drift follows the quiet period of the local run; in AWS it is not known: "%s", %s s',
    async (where, seconds, drift) => {
      const info = { dynamodb: '', tables: { orders: '', ledger: '' }, region: '' };
      const localInfo = async () => ({ ...info, quiet_period_seconds: seconds });
      for (const command of ['list', 'explain ORD-1']) {
        const { out } = await type(`${command} --json${where}`, { ledger: open('ORD-1', DRIFT), localInfo });
        expect(out).toContain(`"drift":${drift}`);
      }
    },
  );
});

/** One refund of each kind, of today and yesterday. */
function oneOfEach(): LedgerReads {
  return holding(thePayment(), [
    requested({ refundId: 'rf_doubt', requestedAtMs: at(1), claimedAtMs: at(1) }),
    cancelled({ refundId: 'rf_less', cancelledAtMs: at(2), executedAmount: won(700), reference: 'RETURN 1' }),
    cancelled({ refundId: 'rf_undone', cancelledAtMs: at(3), undone: closedBy({ verdict: 'undone' }) }),
    cancelled({ refundId: 'rf_corrected', cancelledAtMs: at(4), corrected: true }),
    elsewhere({ refundId: 'el_console', cancelledAtMs: at(5) }),
    rejected({ refundId: 'rf_rejected', finishedAtMs: at(30) }),
  ]);
}

describe('list of a period', () => {
  it('list --from shows how each refund ended, newest first, with totals by status and currency', async () => {
    const { status, out } = await type('list --from 2026-11-25', { ledger: oneOfEach() });
    expect(status).toBe(0);
    const lines = out.split('\n');
    expect(lines.filter((line) => line.startsWith('2026'))).toEqual([
      '2026-11-25 20:30:00.000 KST  1,000 KRW  DRIFT  rf_doubt',
      '2026-11-25 19:30:00.000 KST  1,000 KRW  cancelled as 700 KRW  rf_less',
      '2026-11-25 18:30:00.000 KST  1,000 KRW  cancelled (undone at the PG)  rf_undone',
      '2026-11-25 17:30:00.000 KST  1,000 KRW  cancelled (corrected)  rf_corrected',
      '2026-11-25 16:30:00.000 KST  300 KRW  cancelled elsewhere  el_console',
    ]);
    expect(lines).toContain('    order order-1, payment imp_123456789012, reference "RETURN 1"');
    expect(lines.slice(-3)).toEqual([
      'cancelled: 3 refunds, 2,000 KRW',
      'unknown: 1 refund, 1,000 KRW',
      'undone: 1 refund, 1,000 KRW',
    ]);
  });

  it('list filters by --to (inclusive), --status and --imp-uid', async () => {
    const { out } = await type('list --from 2026-11-24 --to 2026-11-24', { ledger: oneOfEach() });
    expect(out).toContain('rejected  rf_rejected');
    expect(out.split('\n').at(-1)).toBe('rejected: 1 refund, 1,000 KRW');
    const some = await type('list --status rejected --json', { ledger: oneOfEach() });
    expect(JSON.parse(some.out)).toMatchObject({
      refunds: [{ refund_id: 'rf_rejected' }],
      totals: [{ status: 'rejected', currency: 'KRW', count: 1, amount: 1_000 }],
    });
    const other = await type('list --from 2026-11-24 --imp-uid imp_other', { ledger: oneOfEach() });
    expect(other).toMatchObject({ status: 0, out: 'No refund is listed.' });
  });

  it('list --status open lists the open refunds with the reason, and --csv lists them as the service does', async () => {
    const { text } = await type('list --status open', { ledger: oneOfEach() });
    expect(text).toContain('not looked at yet');
    const csv = await type('list --csv', { ledger: oneOfEach() });
    expect(csv.out.split('\r\n').map((line) => line.split(',')[0])).toEqual(['\uFEFFrefund_id', 'rf_doubt']);
  });
});

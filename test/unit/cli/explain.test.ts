import { describe, expect, it } from 'vitest';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import { FakeOrders, FakeTable } from '../../support/fake-table.ts';
import {
  cancelled,
  closedBy,
  elsewhere,
  entryOf,
  IMP_UID,
  MORNING_MS,
  notExecuted,
  notSent,
  ORDER,
  proposed,
  refusedWith,
  REFUND_ID,
  rejected,
  requested,
  thePayment,
  won,
} from '../../support/ledger-samples.ts';
import { historiesOf } from '../../../lib/cli/history.ts';
import { clock } from '../../../lib/cli/words.ts';
import { holding, NOW_MS, printed, type } from './command-line.ts';

const OTHER = 'rf_zzzzzzzzzzzzzzzzzzzzzzzz';
const HISTORY = `
rf_01: 1,000 KRW, NOT SENT
  00:00.000 KST  a customer asks for 1,000 KRW of 10,000 KRW left, because "size"
  00:00.000 KST  claimed; nothing was sent
  00:00.000 KST  NOT SENT: no connection; the key is free again
rf_02: 1,000 KRW, IN DOUBT
  00:00.000 KST  a customer asks for 1,000 KRW of 10,000 KRW left, because "size"
  00:00.000 KST  claimed again (claim 2, nothing was sent before); sent within 10 s after that, or never (no answer was recorded)
  00:10.000 KST  IN DOUBT: not looked at yet; next look at this time
rf_03: 1,000 KRW, IN DOUBT
  00:00.000 KST  claimed; sent once
  00:01.000 KST  answer: code 1: 기취소; the PG says that the payment is already cancelled, which proves nothing
  00:10.000 KST  IN DOUBT: ${DOUBTS.couldBeOurs}; next look at this time
  01:00.000 KST  PROPOSED by Kim: 900 KRW executed at the PG, but not listed by i'mport, "the PG says so"; nobody agreed, and the proposal has expired
  03:20.000 KST  looked: not in i'mport's history; a second look decides
  05:00.000 KST  i'mport's answers about the payment cannot be read since this time
rf_04: 1,000 KRW, IN DOUBT
  00:00.000 KST  claimed; sent within 10 s after that, or never (no answer was recorded)
  00:10.000 KST  IN DOUBT: not looked at yet; next look at this time
  2026-11-25 21:29:00.000 KST  PROPOSED by Kim: undone at the PG, "the PG says so"; a second member of staff must give the same verdict
rf_05: 1,000 KRW, REJECTED
  00:00.000 KST  claimed; sent once
  00:01.000 KST  answer: code -1: 한도 초과
  00:02.000 KST  REJECTED CANCEL_REJECTED (code -1: 한도 초과); decided by the answer itself
rf_06: 1,000 KRW, REJECTED
  00:00.000 KST  claimed; sent within 10 s after that, or never (no answer was recorded)
  00:02.000 KST  REJECTED CHECKSUM_MISMATCH: the balance changed before the cancel; decided by a look at i'mport's history
rf_07: 1,000 KRW, NOT EXECUTED
  00:00.000 KST  claimed; sent once
  00:01.000 KST  answer: code -1: 기취소; the PG says that the payment is already cancelled, which proves nothing
  00:02.000 KST  NOT EXECUTED: the PG says that it is already cancelled, but i'mport's history does not show it (code -1: 기취소); decided by a look at i'mport's history
rf_08: 1,000 KRW, NOT EXECUTED
  00:00.000 KST  claimed; sent within 10 s after that, or never (no answer was recorded)
  00:02.000 KST  NOT EXECUTED; decided by a look at i'mport's history
  01:00.000 KST  Kim says: not executed, "the PG says so"
  02:00.000 KST  Lee says the same, "I have asked, too"
rf_09: 1,000 KRW, CANCELLED
  00:00.000 KST  claimed; sent once
  00:02.000 KST  CANCELLED 900 KRW of 1,000 KRW as C1000; decided by a look at i'mport's history, identified by its tag; corrected: another outcome was reported before
rf_10: 1,000 KRW, CANCELLED
  00:00.000 KST  claimed; sent once
  00:02.000 KST  CANCELLED as C1000; decided by the answer itself, identified by the answer (this PG drops tags)
rf_11: 1,000 KRW, CANCELLED, and UNDONE at the PG
  00:00.000 KST  claimed; sent within 10 s after that, or never (no answer was recorded)
  00:02.000 KST  CANCELLED as C1000; decided by two people, identified by their evidence
  01:00.000 KST  Kim says: executed as C1, ${MORNING_MS / 1000}/500, "the PG says so"
  01:00.000 KST  Kim says: undone at the PG, "the PG says so"
  02:00.000 KST  Lee says the same, "I have asked, too"
  02:00.000 KST  Lee says the same, "I have asked, too"
  02:00.000 KST  UNDONE at the PG; decided by two people
el_0123456789abcdefghjkmnpq: 300 KRW, CANCELLED ELSEWHERE
  00:01.000 KST  cancelled in i'mport's console as C300, "관리자페이지취소"
  00:05.000 KST  first seen by the service
el_z: 300 KRW, a part of ${OTHER}
  00:01.000 KST  cancelled by others as C300
  00:05.000 KST  first seen by the service
`;

async function explained(items: readonly LedgerItem[], payment = thePayment()): Promise<string> {
  return (await type(`explain ${ORDER}`, { ledger: holding(payment, items) })).text;
}

describe('the history that explain prints for a refund', () => {
  it('the history shows the request, the cancel call, its answer and the decision, oldest first, in Korea time and with the decimals of the currency', async () => {
    const refund = cancelled({
      currency: 'USD',
      reason: 'size',
      reference: 'R-1',
      passedOn: { taxFree: won(100), retainPromotion: true },
      destination: { bank: '004', accountHash: 'hash' },
      answer: { atMs: MORNING_MS + 1_500, text: 'code 0', accepted: true },
    });
    const payment = thePayment({
      currency: 'USD',
      cancelAmount: won(1_000),
      paidAtMs: MORNING_MS - 60_000,
      payMethod: 'card',
    });
    const { out } = await type(`explain ${ORDER}`, { ledger: holding(payment, [refund]) });
    expect(out).toBe(
      printed([
        `${ORDER}, payment ${IMP_UID} (card): paid 100.00 USD, cancelled 10.00 USD, left 90.00 USD`,
        '  2026-01-15 08:59:00.000 KST  paid',
        `  ${REFUND_ID}: 10.00 USD, CANCELLED`,
        '    2026-01-15 09:00:00.000 KST  a customer asks for 10.00 USD of 100.00 USD left, because "size", reference "R-1"',
        `    2026-01-15 09:00:00.000 KST  claimed; sent once: amount 10.00 USD, checksum 100.00 USD, reason "[${REFUND_ID}] size", tax_free 1.00 USD, retain_promotion true, an account at bank 004`,
        "    2026-01-15 09:00:01.500 KST  answer: code 0; i'mport's history did not show the cancel yet",
        "    2026-01-15 09:00:02.000 KST  CANCELLED as C1000; decided by a look at i'mport's history, identified by its tag",
      ]),
    );
  });

  it('the history shows how each refund stands or ended, and why', () => {
    const at = (seconds: number) => MORNING_MS + seconds * 1_000;
    const unlisted = { verdict: 'executed_unlisted', amount: won(900) } as const;
    const entries = [{ cancellationId: 'C1' }, { cancelledAtMs: MORNING_MS, amount: won(500) }];
    const histories = historiesOf(
      [
        notSent({ refundId: 'rf_01', cause: 'no connection', reason: 'size' }),
        requested({ refundId: 'rf_02', gen: 2, reason: 'size' }),
        requested({
          refundId: 'rf_03',
          doubt: { why: DOUBTS.couldBeOurs, cancelAmount: won(3_500) },
          lookedAtMs: at(200),
          unreadableSinceMs: at(300),
          answer: { atMs: at(1), text: 'code 1: 기취소', meaning: 'already_cancelled' },
          proposal: proposed({ said: unlisted }),
        }),
        requested({ refundId: 'rf_04', proposal: proposed({ atMs: NOW_MS - 60_000 }) }),
        rejected({ refundId: 'rf_05', answer: refusedWith('한도 초과'), decidedBy: 'answer' }),
        rejected({ refundId: 'rf_06', code: 'CHECKSUM_MISMATCH' }),
        notExecuted({ refundId: 'rf_07', answer: refusedWith('기취소', { meaning: 'already_cancelled' }) }),
        notExecuted({ refundId: 'rf_08', closing: closedBy({ verdict: 'not_executed' }) }),
        cancelled({ refundId: 'rf_09', executedAmount: won(900), corrected: true }),
        cancelled({ refundId: 'rf_10', attribution: 'answer', decidedBy: 'answer' }),
        cancelled({
          refundId: 'rf_11',
          attribution: 'people',
          decidedBy: 'people',
          closing: closedBy({ verdict: 'executed', entries }),
          undone: closedBy({ verdict: 'undone' }),
        }),
        elsewhere({ entry: entryOf(300, { reason: '관리자페이지취소', fromConsole: true }) }),
        elsewhere({ refundId: 'el_z', status: 'attributed', attributedTo: OTHER }),
      ],
      NOW_MS,
      { pgProvider: 'naverpay' },
    );
    const told = histories.flatMap(({ title, lines }) => [
      title,
      ...lines.map(({ atMs, text }) => `  ${clock(atMs)}  ${text}`),
    ]);
    // The first test shows the request and what was sent.
    const shown = `\n${told.join('\n')}\n`.replaceAll(
      /.* left$\n|2026-01-15 09:|: amount 1,000 KRW, .*/gm,
      '',
    );
    expect(shown).toBe(HISTORY);
  });

  it('the history names a staff member by sub and a customer only as "a customer", in text and JSON', async () => {
    const items = [
      requested({ actor: { kind: 'customer', sub: 'a-customer-whom-nobody-needs' } }),
      rejected({ refundId: OTHER, actor: { kind: 'staff', sub: 'staff-1' } }),
    ];
    const text = await explained(items);
    expect(text).toContain('staff staff-1 asks for');
    const { out } = await type(`explain ${ORDER} --json`, { ledger: holding(thePayment(), items) });
    for (const each of [text, out]) expect(each).not.toContain('whom-nobody-needs');
    expect(out).toContain('"actor_sub":"staff-1"');
  });
});

describe('entries of i’mport’s history in explain', () => {
  it('a history entry that belongs to no refund is shown with the option that close needs', async () => {
    const history = [
      entryOf(1_000),
      entryOf(500, { reason: `[${OTHER}] size`, cancellationId: 'C5' }),
      { amount: won(700), cancelledAtMs: MORNING_MS, reason: `[${REFUND_ID}] size` },
      entryOf(200, { cancellationId: "C'2; rm" }),
    ];
    const text = await explained([cancelled()], thePayment({ cancelHistory: history }));
    expect(text).toContain("In i'mport's history, but in no refund:");
    expect(text).toContain(
      `500 KRW, "[${OTHER}] size"; NOTE: it has the tag of ${OTHER}, which is not in the ledger (close: --cancellation-id C5)`,
    );
    expect(text).toContain(
      `has the tag of ${REFUND_ID}, which is cancelled here (close: --entry ${MORNING_MS / 1000}/700)`,
    );
    expect(text).toContain(String.raw`(close: --cancellation-id 'C'\''2; rm')`);
    expect(text).not.toContain('C1000 (close');
  });
});

describe('explain', () => {
  it('explain shows every payment of an order, the shop’s order item, and the payment that the item names', async () => {
    const table = new FakeTable();
    holding(thePayment({ impUid: 'imp_a' }), [], table);
    holding(thePayment({ impUid: 'imp_b' }), [], table);
    const ledger = holding(thePayment({ merchantUid: 'cut-1', impUid: 'imp_c' }), [], table);
    const orders = new FakeOrders();
    orders.put({ merchant_uid: ORDER, customer_id: 'c 1', amount: 10_000, currency: 5, imp_uid: 'imp_c' });
    const { status, text } = await type(`explain ${ORDER}`, { ledger, orders });
    expect(status).toBe(0);
    expect(text).toContain(
      `${ORDER}: by the shop's order item it is "c 1"'s, should cost 10,000 KRW, is paid by imp_c; NOTE: currency cannot be read`,
    );
    expect(text).toMatch(/imp_a:[\s\S]*imp_b:[\s\S]*cut-1, payment imp_c:[\s\S]*The order has 3 payments\./);
  });

  it('explain with --imp-uid or --refund-id shows that payment alone', async () => {
    const table = new FakeTable();
    holding(thePayment({ impUid: 'imp_a' }), [], table);
    const payment = thePayment({ impUid: 'imp_b' });
    const ledger = holding(payment, [cancelled({ impUid: 'imp_b' })], table);
    for (const words of ['explain --imp-uid imp_b --json', `explain --refund-id ${REFUND_ID} --json`]) {
      const { out } = await type(words, { ledger });
      expect(JSON.parse(out)).toMatchObject({
        merchant_uid: ORDER,
        payments: [{ imp_uid: 'imp_b', refunds: [{ refund_id: REFUND_ID, status: 'cancelled' }] }],
      });
      expect(out).not.toContain('imp_a');
    }
  });

  it.each([
    'explain ORD-2',
    'explain --imp-uid imp_2',
    `explain ${ORDER} --imp-uid imp_2`,
    'explain --refund-id rf_2',
  ])('explain exits with 1 when nothing is found: %s', async (words) => {
    const { status, out } = await type(words, { ledger: holding(thePayment()) });
    expect(status).toBe(1);
    expect(out).toMatch(/^The (tables|ledger) (hold|holds) no/);
  });
});

describe('foreign text', () => {
  const EVIL = 'size\n2026-01-15 09:00:02.000 KST  CANCELLED\u001b[2J\u202e\u009b\u2028x';
  const items = [
    cancelled({
      reason: EVIL,
      reference: EVIL,
      entries: [entryOf(1_000, { cancellationId: EVIL, reason: EVIL })],
      answer: { atMs: MORNING_MS, text: EVIL },
      actor: { kind: 'staff', sub: EVIL },
    }),
    elsewhere({ entry: entryOf(300, { reason: EVIL, cancellationId: `C${EVIL}` }) }),
    rejected({ refundId: OTHER, answer: refusedWith(EVIL) }),
  ];
  const payment = thePayment({
    payMethod: EVIL,
    pgProvider: EVIL,
    cancelHistory: [entryOf(9, { reason: EVIL })],
  });

  it.each([`explain ${ORDER}`, `explain ${ORDER} --json`, 'list', 'list --json'])(
    'text from outside cannot control the terminal or begin a line: %s',
    async (words) => {
      const orders = new FakeOrders();
      orders.put({ merchant_uid: ORDER, customer_id: EVIL });
      const flying = requested({ refundId: 'rf_flying', doubt: { why: EVIL } });
      const { out } = await type(words, { ledger: holding(payment, [...items, flying]), orders });
      expect(out).toContain('size');
      expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      // A forged time would stand at the beginning of a line.
      expect(out).not.toMatch(/^2026/m);
    },
  );
});

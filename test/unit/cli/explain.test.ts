import { describe, expect, it } from 'vitest';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import { FakeOrders, FakeTable } from '../../support/fake-table.ts';
import {
  cancelled,
  elsewhere,
  entryOf,
  IMP_UID,
  MORNING_MS,
  notExecuted,
  notSent,
  ORDER,
  proposed,
  REFUND_ID,
  rejected,
  requested,
  thePayment,
  won,
} from '../../support/ledger-samples.ts';
import { holding, NOW_MS, type } from './command-line.ts';

const OTHER = 'rf_zzzzzzzzzzzzzzzzzzzzzzzz';
const KIM = { sub: 'staff-1', person: 'Kim' };
const LEE = { sub: 'staff-2', person: 'Lee' };

async function told(items: readonly LedgerItem[], payment = thePayment()): Promise<string> {
  return (await type(`explain ${ORDER}`, { ledger: holding(payment, items) })).told;
}

describe('the history that explain prints for a refund', () => {
  it('the history shows the request, the cancel call, its answer and the decision, oldest first, in Korea time', async () => {
    const refund = cancelled({
      reason: 'size',
      reference: 'R-1',
      passedOn: { taxFree: won(100), retainPromotion: true },
      destination: { bank: '004', accountHash: 'hash' },
      answer: { atMs: MORNING_MS + 1_500, text: 'code 0', accepted: true },
    });
    const payment = thePayment({
      cancelAmount: won(1_000),
      paidAtMs: MORNING_MS - 60_000,
      payMethod: 'card',
    });
    expect((await told([refund], payment)).split('\n')).toEqual([
      `${ORDER}, payment ${IMP_UID} (card): paid 10,000 KRW, cancelled 1,000 KRW, left 9,000 KRW`,
      '  2026-01-15 08:59:00.000 KST  paid',
      `  ${REFUND_ID}: 1,000 KRW, CANCELLED`,
      '    2026-01-15 09:00:00.000 KST  a customer asks for 1,000 KRW of 10,000 KRW left, because "size", reference "R-1"',
      `    2026-01-15 09:00:00.000 KST  claimed; sent once: amount 1,000 KRW, checksum 10,000 KRW, reason "[${REFUND_ID}] size", tax_free 100 KRW, retain_promotion true, an account at bank 004`,
      "    2026-01-15 09:00:01.500 KST  answer: code 0; i'mport's history did not show the cancel yet",
      "    2026-01-15 09:00:02.000 KST  CANCELLED as C1000; decided by a look at i'mport's history, identified by its tag",
    ]);
  });

  it('the history names a staff member by sub and a customer only as "a customer", in text and JSON', async () => {
    const items = [
      requested({ actor: { kind: 'customer', sub: 'a-customer-whom-nobody-needs' } }),
      rejected({ refundId: OTHER, actor: { kind: 'staff', sub: 'staff-1' } }),
    ];
    expect(await told(items)).toContain('staff staff-1 asks for');
    const ledger = holding(thePayment(), items);
    const { out } = await type(`explain ${ORDER} --json`, { ledger });
    for (const text of [await told(items), out]) expect(text).not.toContain('whom-nobody-needs');
    expect(out).toContain('"actor_sub":"staff-1"');
  });

  it('the history of a refund that was not sent never says "sent"', async () => {
    const refund = notSent({ cause: 'no connection', reason: 'size' });
    const story = await told([refund]);
    expect(story).toContain(`${REFUND_ID}: 1,000 KRW, NOT SENT`);
    expect(story).toContain('claimed; nothing was sent');
    expect(story).toContain('NOT SENT: no connection; the key is free again');
    expect(story.replaceAll(/not sent|nothing was sent/gi, '')).not.toMatch(/\bsent\b/);
  });

  it('the history says that a refund may have been sent when no answer proves it', async () => {
    const maybe = 'sent within 10 s after that, or never (no answer was recorded)';
    expect(await told([requested()])).toContain(maybe);
    expect(await told([notExecuted({ decidedBy: 'look' })])).toContain(maybe);
    expect(await told([cancelled({ attribution: 'people', decidedBy: 'people' })])).toContain(maybe);
    const answer = { atMs: MORNING_MS + 1_000, text: 'no answer: timed out' };
    expect(await told([requested({ answer })])).toContain('sent once:');
  });

  it('the history shows a second claim, and the reason as it was sent to the PG', async () => {
    const story = await told([requested({ gen: 2, reason: 'size' })], thePayment({ pgProvider: 'naverpay' }));
    expect(story).toContain('claimed again (claim 2, nothing was sent before)');
    expect(story).toContain(`reason "size [${REFUND_ID}]"`);
  });

  it('the history of a refund in doubt shows the cause, the looks, and since when i’mport cannot be read', async () => {
    const refund = requested({
      doubt: { why: DOUBTS.couldBeOurs, cancelAmount: won(3_500) },
      lookedAtMs: MORNING_MS + 200_000,
      unreadableSinceMs: MORNING_MS + 300_000,
      answer: {
        atMs: MORNING_MS + 1_000,
        text: 'code 1: 기취소',
        refusal: { code: 1, message: '기취소' },
        meaning: 'already_cancelled',
      },
    });
    const story = await told([refund]);
    expect(story).toContain(`${REFUND_ID}: 1,000 KRW, IN DOUBT`);
    expect(story).toContain(
      'answer: code 1: 기취소; the PG says that the payment is already cancelled, which proves nothing',
    );
    expect(story).toContain("09:03:20.000 KST  looked: not in i'mport's history; a second look decides");
    expect(story).toContain(
      "09:05:00.000 KST  i'mport's answers about the payment cannot be read since this time",
    );
    expect(story).toContain(`IN DOUBT: ${DOUBTS.couldBeOurs}; next look at this time`);
  });

  it.each([
    [
      rejected({ refusal: { code: -1, message: '한도 초과' }, decidedBy: 'answer' }),
      'REJECTED CANCEL_REJECTED (code -1: 한도 초과); decided by the answer itself',
    ],
    [
      rejected({ code: 'CHECKSUM_MISMATCH' }),
      "REJECTED CHECKSUM_MISMATCH: the balance changed before the cancel; decided by a look at i'mport's history",
    ],
    [notExecuted(), "NOT EXECUTED; decided by a look at i'mport's history"],
    [
      notExecuted({ isAlreadyCancelledAtPg: true }),
      "NOT EXECUTED: the PG says that it is already cancelled, but i'mport's history does not show it",
    ],
    [
      cancelled({ executedAmount: won(900), corrected: true }),
      "CANCELLED 900 KRW of 1,000 KRW as C1000; decided by a look at i'mport's history, identified by its tag; corrected: another outcome was reported before",
    ],
    [
      cancelled({ attribution: 'answer', decidedBy: 'answer' }),
      'decided by the answer itself, identified by the answer (this PG drops tags)',
    ],
  ])('the history shows how the refund ended: %#', async (refund, end) => {
    expect(await told([refund])).toContain(end);
  });
});

describe('verdicts of staff in explain', () => {
  it('a proposal is shown while it waits for a second person, and when it has expired', async () => {
    const proposal = proposed({ said: { verdict: 'not_executed' }, atMs: NOW_MS - 60_000 });
    const waiting = await told([requested({ proposal })]);
    expect(waiting).toContain(
      'PROPOSED by Kim: not executed, "the PG says so"; a second member of staff must give the same verdict',
    );
    const old = await told([requested({ proposal: proposed({ said: { verdict: 'not_executed' } }) })]);
    expect(old).toContain('nobody agreed, and the proposal has expired');
  });

  it('a closed refund shows both names and both pieces of evidence', async () => {
    const said = {
      verdict: 'executed',
      entries: [{ cancellationId: 'C1' }, { cancelledAtMs: MORNING_MS, amount: won(500) }],
    } as const;
    const closing = {
      proposal: { said, evidence: 'the PG says so', by: KIM, atMs: MORNING_MS + 60_000 },
      approval: { evidence: 'I have asked, too', by: LEE, atMs: MORNING_MS + 120_000 },
    };
    const story = await told([
      cancelled({ decidedBy: 'people', attribution: 'people', closing, finishedAtMs: MORNING_MS + 120_000 }),
    ]);
    expect(story).toContain(`Kim says: executed as C1, ${MORNING_MS / 1000}/500, "the PG says so"`);
    expect(story).toContain('Lee says the same, "I have asked, too"');
    expect(story).toContain('decided by two people, identified by their evidence');
  });

  it('a verdict on an unlisted cancel is shown with its amount', async () => {
    const said = { verdict: 'executed_unlisted', amount: won(900) } as const;
    const proposal = proposed({ said, atMs: NOW_MS });
    expect(await told([requested({ proposal })])).toContain(
      "900 KRW executed at the PG, but not listed by i'mport",
    );
  });

  it('an undone cancel is shown with the names of those who said so', async () => {
    const undone = {
      proposal: { said: { verdict: 'undone' }, evidence: 'PG', by: KIM, atMs: MORNING_MS + 60_000 },
      approval: { evidence: 'PG, too', by: LEE, atMs: MORNING_MS + 120_000 },
    } as const;
    const story = await told([cancelled({ undone })]);
    expect(story).toContain('CANCELLED, and UNDONE at the PG');
    expect(story).toContain('Kim says: undone at the PG, "PG"');
    expect(story).toContain('UNDONE at the PG; decided by two people');
  });
});

describe('cancels made elsewhere in explain', () => {
  it('a cancel made elsewhere is shown separately, also after it was attributed to a refund', async () => {
    const entry = entryOf(300, { reason: '관리자페이지취소', fromConsole: true });
    const story = await told([
      elsewhere({ entry }),
      elsewhere({ refundId: 'el_z', status: 'attributed', attributedTo: OTHER }),
    ]);
    expect(story).toContain('el_0123456789abcdefghjkmnpq: 300 KRW, CANCELLED ELSEWHERE');
    expect(story).toContain('cancelled in i\'mport\'s console as C300, "관리자페이지취소"');
    expect(story).toContain('09:00:05.000 KST  first seen by the service');
    expect(story).toContain(`el_z: 300 KRW, a part of ${OTHER}`);
  });

  it('a history entry that belongs to no refund is shown with the option that close needs', async () => {
    const history = [
      entryOf(1_000),
      entryOf(500, { reason: `[${OTHER}] size`, cancellationId: 'C5' }),
      { amount: won(700), cancelledAtMs: MORNING_MS, reason: `[${REFUND_ID}] size` },
      entryOf(200, { cancellationId: "C'2; rm" }),
    ];
    const story = await told([cancelled()], thePayment({ cancelHistory: history }));
    expect(story).toContain("In i'mport's history, but in no refund:");
    expect(story).toContain(
      `500 KRW, "[${OTHER}] size"; NOTE: it has the tag of ${OTHER}, which is not in the ledger (close: --cancellation-id C5)`,
    );
    expect(story).toContain(
      `has the tag of ${REFUND_ID}, which is cancelled here (close: --entry ${MORNING_MS / 1000}/700)`,
    );
    expect(story).toContain(String.raw`(close: --cancellation-id 'C'\''2; rm')`);
    expect(story).not.toContain('C1000 (close');
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
    const { status, told: text } = await type(`explain ${ORDER}`, { ledger, orders });
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

  it('explain prints an amount with the decimals of its currency', async () => {
    const payment = thePayment({ currency: 'USD', amount: won(1_420), cancelAmount: won(10) });
    expect(await told([], payment)).toContain('paid 14.20 USD, cancelled 0.10 USD, left 14.10 USD');
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
    rejected({ refundId: OTHER, refusal: { code: 1, message: EVIL } }),
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

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import { FINDINGS, isInQuestion, noteOf, withAcknowledged } from '../../../functions/refund/findings.ts';
import { tagOf } from '../../../functions/refund/identity.ts';
import type { OrderWord } from '../../../functions/refund/order.ts';
import type { CancelEntry, Payment, ProviderPayment } from '../../../functions/refund/payment.ts';
import {
  comparePayment,
  contradicts,
  orderFindings,
  type Sides,
} from '../../../functions/refund/reconciliation.ts';
import type { CancelledRefund, LedgerItem } from '../../../functions/refund/refund.ts';
import {
  cancelled,
  elsewhere,
  entryOf,
  MORNING_MS,
  proposed,
  rejected,
  requested,
  thePayment,
  theProvider as shows,
  won,
} from '../../support/ledger-samples.ts';

const OURS = `rf_${'a'.repeat(24)}`;
const OTHER = `rf_${'b'.repeat(24)}`;

function tagged(amount: number, id = OURS): CancelEntry {
  return entryOf(amount, { reason: `${tagOf(id)} 단순 변심`, cancellationId: `C${amount}${id}` });
}

/** A cancelled refund whose amount is the sum of its entries. */
function refundOf(entries: readonly CancelEntry[], fields: Partial<CancelledRefund> = {}) {
  const amount = won(entries.reduce((sum, each) => sum + each.amount, 0));
  return cancelled({ refundId: OURS, amount, entries, ...fields });
}

const foreign = (entry: CancelEntry) =>
  elsewhere({ refundId: `el_${entry.cancellationId ?? ''}`, amount: entry.amount, entry });

/** HEAD as row 8 booked it; `head` overrides it. */
function sides(
  provider: ProviderPayment,
  items: readonly LedgerItem[] = [],
  head: Partial<Payment> = {},
): Sides {
  const { sumTold: _told, ...facts } = provider;
  return { payment: thePayment({ ...facts, ...head }), items, provider };
}

/** The explained amount, the unexplained amount, and the kinds of the findings. */
function toldOf(compared: Sides): string {
  const { explained, unexplained, findings } = comparePayment(compared);
  return [explained, unexplained, ...findings.map(({ kind }) => kind)].join(' ');
}

const R = (cancelAmount: number) => ({ cancelAmount: won(cancelAmount) });
const L = R;
const ours = tagged(3_000);
const theirs = entryOf(1_000);
const fromConsole = entryOf(4_000, { fromConsole: true });
const one = entryOf(3_000, { cancellationId: 'one' });
const two = entryOf(3_000, { cancellationId: 'two' });
const parts = [tagged(1_000), tagged(2_000)];
const twice = [ours, { ...ours, cancellationId: 'again' }];
const beyond = [entryOf(5_000), entryOf(7_000)];
const unknown = tagged(3_000, OTHER);
const inFlight = requested({ refundId: OURS, amount: won(3_000) });
const refund = refundOf([ours]);
const asked = { amount: won(3_000) };
const byPeople = { ...asked, attribution: 'people' } as const;
const untold = shows([ours, theirs], { sumTold: false });
const onPromotion = (entry: CancelEntry, sum = 3_000) => shows([entry], { hasPromotion: true, ...R(sum) });
const [smaller, larger] = [refundOf([theirs], asked), refundOf([fromConsole], asked)];
const refused = rejected({ refundId: OURS, ...asked });
const [kept, lost] = [refundOf([one]), refundOf([two], { refundId: OTHER })];
const [itsOne, itsConsole, itsTheirs] = [foreign(one), foreign(fromConsole), foreign(theirs)];
const approval = { evidence: 'e', by: { sub: 's', person: 'p' }, atMs: 1 };
const undone = refundOf([ours], { undone: { proposal: proposed(), approval } });

describe('ledger and provider, compared for one payment', () => {
  type Row = [
    what: string,
    told: string,
    provider: ProviderPayment,
    items?: LedgerItem[],
    head?: Partial<Payment>,
  ];
  it.each<Row>([
    // Everything is explained.
    ['a refund of ours holds the entry', '3000 0', shows([ours]), [refund]],
    ['a foreign cancel holds the entry', '1000 0', shows([theirs]), [itsTheirs]],
    ['the entry has the tag of the refund in flight', '3000 0', shows([ours]), [inFlight]],
    ['the entry may be the refund in flight', '3000 0', shows([one]), [inFlight]],
    ['a PG has split the refund', '3000 0', shows(parts), [refundOf(parts)]],
    ['two people attribute the entry', '1000 0', shows([theirs]), [refundOf([theirs], byPeople)]],
    ['two people say so without an entry', '3000 0', shows([], R(3_000)), [refundOf([], byPeople)]],
    ['a promotion makes the entry smaller', '3000 0', onPromotion(theirs), [smaller]],
    ['a promotion makes it larger', '3000 0', onPromotion(fromConsole), [larger]],
    ['the PG undid the cancel', '0 0', shows(), [undone]],
    ['the PG undid the cancel and still lists it', '0 0', shows([ours], R(0)), [undone]],
    // Something is found.
    ['an entry is listed twice', '3000 0 listedTwice', shows([ours, ours], R(3_000)), [refund]],
    ['a tag is unknown', '1000 3000 foreignTag', shows([unknown, theirs]), [foreign(unknown), itsTheirs]],
    ['a tag is unknown and nobody holds its entry', '0 3000 foreignTag', shows([unknown])],
    ['a tag is unknown and not booked', '0 3000 foreignTag', shows([unknown]), [], L(0)],
    ['nobody holds an entry', '1000 3000 notBooked', shows([one, theirs]), [itsTheirs]],
    ['a rejected refund has the tag', '0 3000 notBooked', shows([ours]), [refused]],
    ['R > L', '1000 2000 notBooked', shows([one]), [itsOne], L(1_000)],
    ['money went back twice', '3000 3000 moreThanAsked', shows(twice), [refundOf(twice, asked)]],
    ['too much is in flight', '3000 1000 moreThanAsked', shows([tagged(4_000)]), [inFlight]],
    ['R has no entry', '1000 3000 withoutEntry', shows([theirs], R(4_000)), [itsTheirs]],
    ['R > L has no entry', '1000 3000 withoutEntry', shows([theirs], R(4_000)), [itsTheirs], L(1_000)],
    ['an entry is not in R', '0 1000 onlyInHistory', shows([theirs, one], R(1_000)), [itsTheirs, itsOne]],
    ['more was cancelled than paid', '10000 2000 moreThanPaid', shows(beyond), beyond.map(foreign)],
    ['L > R', '0 3000 notAtProvider', shows(), [], L(3_000)],
    ['L > R by a refund', '0 3000 refundsNotAtProvider', shows(), [refund], L(3_000)],
    ['L > R by a part', '0 3000 refundsNotAtProvider', shows(), [refundOf([theirs])], L(3_000)],
    ['R hides it', '4000 3000 refundsNotAtProvider', shows([fromConsole]), [refund, itsConsole]],
    [
      'R hides it on a promotion',
      '5000 3000 refundsNotAtProvider',
      onPromotion(fromConsole, 5_000),
      [refund, itsConsole],
    ],
    ['one of two equal ones is missing', '3000 3000 refundsNotAtProvider', shows([one]), [kept, lost]],
    ['the payment is another', '0 3000 differentPayment', shows([one]), [], { amount: won(9_000) }],
    ['R is not told and nobody holds an entry', '3000 1000 notBooked sumNotTold', untold, [refund]],
    ['R is not told and L is below', '4000 0 sumNotTold', untold, [refund, itsTheirs], L(0)],
    ['R is not told and L is above', '4000 0 sumNotTold', untold, [refund, itsTheirs], L(6_000)],
  ])('when %s: %s', (_what, told, provider, items, head) => {
    expect(toldOf(sides(provider, items, head))).toBe(told);
  });

  it.each<[string, ProviderPayment]>([
    ['3000 0', shows([one])],
    ['1000 3000 foreignTag', shows([theirs, ours])],
    ['0 500 withoutEntry', shows([], R(500))],
  ])('when the ledger lacks the payment: %s', (told, provider) => {
    expect(toldOf({ payment: undefined, items: [], provider })).toBe(told);
  });

  const { cancellationId: _none, ...bare } = ours;
  const { reason: _tag, ...plain } = bare;
  const receipted = shows([{ ...plain, receiptUrl: 'https://receipt.example' }]);
  const moved = shows([{ ...bare, cancelledAtMs: MORNING_MS + 9_000 }]);
  it.each<[string, boolean, ...Parameters<typeof sides>]>([
    ['it shows less than the ledger knows', true, shows([one]), [], L(4_000)],
    ['it shows the same', false, shows([one])],
    ['it shows more', false, shows([one]), [], L(0)],
    ['it is about another payment', false, shows([one]), [], { amount: won(9_000), ...L(4_000) }],
    ['only the entry is missing, not its amount', false, shows([], R(3_000)), [refund]],
    ['an entry without an id has another time and the same tag', false, moved, [refundOf([bare])]],
    ['an entry without an id has a receipt now', false, receipted, [refundOf([plain])]],
  ])('a look contradicts the ledger or not when %s: %s', (_what, does, ...compared) => {
    expect(contradicts(sides(...compared))).toBe(does);
  });
});

/** A foreign cancel holds each entry, as after a restored backup. */
function findingsOf(entries: readonly CancelEntry[], fields: Partial<ProviderPayment> = {}) {
  return comparePayment(sides(shows(entries, fields), entries.map(foreign))).findings;
}

describe('a finding of reconciliation', () => {
  const first = findingsOf([unknown]);
  const ids = (findings: ReturnType<typeof findingsOf>) => findings.map(({ id }) => id);

  it('a finding keeps its id while it concerns the same thing, and gets another for another thing or payment', () => {
    expect(ids(findingsOf([entryOf(100), unknown]))).toEqual(ids(first));
    expect(ids(findingsOf([ours]))).not.toEqual(ids(first));
    expect(ids(findingsOf([unknown], { impUid: 'imp_other' }))).not.toEqual(ids(first));
  });

  it('an acknowledged finding stays acknowledged until its amount changes', () => {
    const acknowledged = { by: 'staff-1', note: 'from the old shop', atMs: 1 };
    const said = first.map(({ id, digest }) => ({ id, digest, ...acknowledged }));
    expect(withAcknowledged(first, said)).toMatchObject([{ acknowledged }]);
    const changed = findingsOf([tagged(4_000, OTHER)]);
    expect(ids(changed)).toEqual(ids(first));
    expect(withAcknowledged(changed, said)).toEqual(changed);
    expect(withAcknowledged(withAcknowledged(first, said), [])).toEqual(first);
  });

  it('a finding says why or how much in one plain sentence, and never contains the text of a reason', () => {
    const told = findingsOf([unknown, entryOf(2_000, { reason: '홍길동 110-123' })]);
    expect(JSON.stringify(told)).not.toMatch(/홍길동|110|변심/);
    expect(told.map(noteOf)).toEqual([`3000 KRW ${FINDINGS.foreignTag.replace('{ids}', OTHER)}`]);
    const { findings } = comparePayment(sides(shows([one]), [], { amount: won(9_000) }));
    expect(findings).toMatchObject([{ kind: 'differentPayment', why: DOUBTS.otherAmount }]);
  });

  it('a finding names the first few of very many refunds, and changes with any of them', () => {
    const many = Array.from({ length: 40 }, (_, index) => {
      const refundId = `rf_${String(index).padStart(24, 'k')}`;
      return refundOf([tagged(100, refundId)], { refundId });
    });
    const of = (items: readonly LedgerItem[]) => comparePayment(sides(shows(), items, L(4_000))).findings[0];
    const [whole, fewer] = [of(many), of(many.slice(1))];
    expect(whole?.refundIds).toHaveLength(5);
    expect(fewer?.id).toBe(whole?.id);
    expect(fewer?.digest).not.toBe(whole?.digest);
  });
});

describe('notices for the shop about an order', () => {
  const first = shows([], { impUid: 'imp_9', paidAtMs: 1_000 });
  const second = shows([], { impUid: 'imp_1', paidAtMs: 2_000 });
  const refunded = shows([entryOf(10_000)], { impUid: 'imp_2', paidAtMs: 3_000 });
  const told = (payments: ProviderPayment[], payment: ProviderPayment, says: Partial<OrderWord> = {}) =>
    orderFindings(
      { word: { merchantUid: 'order', impUids: [], unreadable: [], ...says }, payments },
      payment,
    );

  it('an order that was paid twice is reported once, with the payment that caused it', () => {
    const twoPaid = [refunded, second, first];
    expect(twoPaid.map((payment) => told(twoPaid, payment).length)).toEqual([0, 1, 0]);
    expect(told(twoPaid, second)).toMatchObject([{ kind: 'paidTwice' }]);
    expect([first, refunded].flatMap((payment) => told([first, refunded], payment))).toEqual([]);
  });

  it('a wrong price is told when the shop named an amount or a currency, and again when it names another', () => {
    const [nine] = told([first], first, { amount: 9_000 });
    const [eight] = told([first], first, { amount: 8_000 });
    expect(nine).toMatchObject({ kind: 'amountDiffers', id: eight?.id });
    expect(eight?.digest).not.toBe(nine?.digest);
    expect(told([first], first, { currency: 'USD' })).toMatchObject([{ kind: 'amountDiffers' }]);
    for (const says of [{}, { amount: 10_000, currency: 'KRW' }])
      expect(told([first], first, says)).toEqual([]);
  });
});

describe('for any state of the provider and the ledger', () => {
  const ids = [OURS, OTHER, `rf_${'c'.repeat(24)}`];
  const amount = fc.integer({ min: 1, max: 6_000 });
  const samples = fc.record({
    history: fc.array(fc.record({ amount, id: fc.constantFrom(...ids, undefined), isNamed: fc.boolean() }), {
      maxLength: 5,
    }),
    kept: fc.array(fc.record({ amount, isCancelled: fc.boolean(), at: fc.nat({ max: 4 }) }), {
      maxLength: 3,
    }),
    foreign: fc.array(fc.nat({ max: 4 }), { maxLength: 3 }),
    hidden: fc.integer({ min: -3_000, max: 3_000 }),
    booked: fc.integer({ min: 0, max: 12_000 }),
    isInFlight: fc.boolean(),
  });
  type Sample = typeof samples extends fc.Arbitrary<infer T> ? T : never;

  function build(sample: Sample): Sides {
    const entries = sample.history.map(({ amount: part, id, isNamed }, index): CancelEntry => {
      const { cancellationId: _id, ...unnamed } = id === undefined ? entryOf(part) : tagged(part, id);
      return isNamed ? { ...unnamed, cancellationId: `c${index}` } : unnamed;
    });
    const total = entries.reduce((so, each) => so + each.amount, 0);
    const refunds = sample.kept.map(({ amount: part, isCancelled, at }, index) => {
      const fields = { refundId: ids[index] ?? OURS, amount: won(part) };
      const own = entries[at] ?? entryOf(part, { cancellationId: `lost${index}` });
      return isCancelled ? cancelled({ ...fields, entries: [own] }) : rejected(fields);
    });
    const others = sample.foreign.flatMap((at) => entries[at] ?? []).map(foreign);
    const flying = sample.isInFlight ? [requested({ refundId: `rf_${'d'.repeat(24)}` })] : [];
    const provider = shows(entries, R(Math.max(0, total + sample.hidden)));
    return sides(provider, [...refunds, ...others, ...flying], L(sample.booked));
  }

  it('every won is explained or not, undone cancels are added, and exactly the unexplained amounts have findings', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const built = build(sample);
        const { explained, unexplained, findings } = comparePayment(built);
        const { cancelAmount } = built.provider;
        const total = explained + unexplained;
        const isRight = contradicts(built)
          ? explained <= cancelAmount && total > cancelAmount
          : total === cancelAmount;
        // A history above an R of zero is odd, but no won is in question.
        return isRight && (cancelAmount === 0 || findings.some(isInQuestion) === unexplained > 0);
      }),
      { numRuns: 1_000 },
    );
  });
});

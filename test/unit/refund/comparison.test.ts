import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import { isInQuestion } from '../../../functions/refund/findings.ts';
import { tagOf } from '../../../functions/refund/identity.ts';
import type { CancelEntry, Payment, ProviderPayment } from '../../../functions/refund/payment.ts';
import { comparePayment, contradicts, type Sides } from '../../../functions/refund/reconciliation.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import {
  cancelled,
  elsewhere,
  entryOf,
  MORNING_MS,
  proposed,
  rejected,
  requested,
  thePayment,
  theProvider,
  won,
} from '../../support/ledger-samples.ts';

const OURS = `rf_${'a'.repeat(24)}`;
const OTHER = `rf_${'b'.repeat(24)}`;

function tagged(amount: number, id: string, fields: Partial<CancelEntry> = {}): CancelEntry {
  return entryOf(amount, { reason: `${tagOf(id)} 단순 변심`, cancellationId: `C${amount}${id}`, ...fields });
}

/** A cancelled refund of the sum of its entries. */
function refundOf(
  refundId: string,
  entries: readonly CancelEntry[],
  fields: Parameters<typeof cancelled>[0] = {},
) {
  const amount = won(entries.reduce((sum, each) => sum + each.amount, 0));
  return cancelled({ refundId, amount, entries, ...fields });
}

function foreign(entry: CancelEntry, fields: Parameters<typeof elsewhere>[0] = {}) {
  return elsewhere({ refundId: `el_${entry.cancellationId ?? ''}`, amount: entry.amount, entry, ...fields });
}

/** HEAD as row 8 has booked it. */
function sides(
  provider: ProviderPayment,
  items: readonly LedgerItem[] = [],
  fields: Partial<Payment> = {},
): Sides {
  const { sumTold: _told, ...facts } = provider;
  return { payment: thePayment({ ...facts, ...fields }), items, provider };
}

function compare(...given: Parameters<typeof sides>) {
  const { explained, unexplained, findings } = comparePayment(sides(...given));
  return { explained, unexplained, kinds: findings.map(({ kind }) => kind) };
}

const allExplained = (amount: number) => ({ explained: amount, unexplained: 0, kinds: [] });

describe('an entry is explained', () => {
  it('when a refund of ours holds it', () => {
    const entries = [tagged(3_000, OURS)];
    expect(compare(theProvider(entries), [refundOf(OURS, entries)])).toEqual(allExplained(3_000));
  });

  it('when a foreign cancel holds it', () => {
    const entry = entryOf(2_000, { fromConsole: true });
    expect(compare(theProvider([entry]), [foreign(entry)])).toEqual(allExplained(2_000));
  });

  it('when it bears the tag of the refund in flight, or may be it: the resolver settles that', () => {
    const flying = requested({ refundId: OURS, amount: won(3_000) });
    expect(compare(theProvider([tagged(3_000, OURS)]), [flying])).toEqual(allExplained(3_000));
    expect(compare(theProvider([entryOf(3_000)]), [flying])).toEqual(allExplained(3_000));
  });

  it('in parts, when a PG splits one refund into several entries', () => {
    const entries = [tagged(1_000, OURS), tagged(2_000, OURS)];
    expect(compare(theProvider(entries), [refundOf(OURS, entries)])).toEqual(allExplained(3_000));
  });

  it('whatever its amount, when two people have said that it is the refund', () => {
    const entries = [entryOf(3_300)];
    const refund = refundOf(OURS, entries, { amount: won(3_000), attribution: 'people' });
    expect(compare(theProvider(entries), [refund])).toEqual(allExplained(3_300));
  });

  it('when two people have said that it was executed, and the provider shows its amount without an entry', () => {
    const refund = refundOf(OURS, [], { amount: won(3_000), attribution: 'people' });
    expect(compare(theProvider([], { cancelAmount: won(3_000) }), [refund])).toEqual(allExplained(3_000));
  });

  it('as the same entry when it carries the same tag, or when only a receipt came later where the provider gives no id', () => {
    const { cancellationId: _none, ...bare } = tagged(3_000, OURS);
    const moved = theProvider([{ ...bare, cancelledAtMs: MORNING_MS + 9_000 }]);
    expect(contradicts(sides(moved, [refundOf(OURS, [bare])]))).toBe(false);
    const { reason: _tag, ...plain } = bare;
    const receipted = theProvider([{ ...plain, receiptUrl: 'https://receipt.example' }]);
    expect(contradicts(sides(receipted, [refundOf(OURS, [plain])]))).toBe(false);
  });

  it('on a promotion, where entries show other amounts than were asked for and than R', () => {
    const entries = [tagged(2_700, OURS)];
    const refund = refundOf(OURS, entries, { amount: won(3_000), executedAmount: won(2_700) });
    const provider = theProvider(entries, { hasPromotion: true, cancelAmount: won(3_000) });
    expect(compare(provider, [refund])).toEqual(allExplained(3_000));
    const more = theProvider([tagged(3_300, OURS)], { hasPromotion: true, cancelAmount: won(3_000) });
    expect(compare(more, [refundOf(OURS, more.cancelHistory, { amount: won(3_000) })])).toEqual(
      allExplained(3_000),
    );
  });

  it('when it is listed twice: it counts once, and the second listing is told', () => {
    const entry = tagged(3_000, OURS);
    const provider = theProvider([entry, entry], { cancelAmount: won(3_000) });
    expect(compare(provider, [refundOf(OURS, [entry])])).toEqual({
      explained: 3_000,
      unexplained: 0,
      kinds: ['listedTwice'],
    });
  });
});

describe('unexplained is', () => {
  it('an entry with the tag of a refund that the ledger does not know, whoever is said to have made it', () => {
    const entries = [tagged(3_000, OTHER), entryOf(1_000)];
    const restored = entries.map((entry) => foreign(entry));
    expect(compare(theProvider(entries), restored)).toEqual({
      explained: 1_000,
      unexplained: 3_000,
      kinds: ['foreignTag'],
    });
  });

  it('such an entry once, also when it could not be booked', () => {
    const provider = theProvider([tagged(3_000, OTHER)]);
    const told = { explained: 0, unexplained: 3_000, kinds: ['foreignTag'] };
    expect(compare(provider, [], { cancelAmount: won(0) })).toEqual(told);
    expect(compare(provider, [])).toEqual(told);
  });

  it('an entry that nobody holds, since it could not be booked', () => {
    expect(compare(theProvider([entryOf(3_000), entryOf(1_000)]), [foreign(entryOf(1_000))])).toEqual({
      explained: 1_000,
      unexplained: 3_000,
      kinds: ['notBooked'],
    });
  });

  it('an entry with the tag of a refund that the ledger still calls rejected', () => {
    const provider = theProvider([tagged(3_000, OURS)]);
    expect(compare(provider, [rejected({ refundId: OURS, amount: won(3_000) })])).toMatchObject({
      unexplained: 3_000,
      kinds: ['notBooked'],
    });
  });

  it('what the provider has cancelled beyond L, since the balance could not be booked', () => {
    const entries = [entryOf(3_000)];
    const fields = { cancelAmount: won(1_000) };
    expect(compare(theProvider(entries), [foreign(entryOf(3_000))], fields)).toEqual({
      explained: 1_000,
      unexplained: 2_000,
      kinds: ['notBooked'],
    });
  });

  it('money that went back twice under one tag', () => {
    const entries = [tagged(3_000, OURS), tagged(3_000, OURS, { cancellationId: 'again' })];
    const refund = refundOf(OURS, entries, { amount: won(3_000), executedAmount: won(6_000) });
    expect(compare(theProvider(entries), [refund])).toEqual({
      explained: 3_000,
      unexplained: 3_000,
      kinds: ['moreThanAsked'],
    });
  });

  it('what is more under the tag of the refund in flight than was asked', () => {
    const flying = requested({ refundId: OURS, amount: won(3_000) });
    expect(compare(theProvider([tagged(4_000, OURS)]), [flying])).toEqual({
      explained: 3_000,
      unexplained: 1_000,
      kinds: ['moreThanAsked'],
    });
  });

  it('what stands in cancel_amount without an entry, whether L knows it or not', () => {
    const provider = theProvider([entryOf(1_000)], { cancelAmount: won(4_000) });
    const told = { explained: 1_000, unexplained: 3_000, kinds: ['withoutEntry'] };
    expect(compare(provider, [foreign(entryOf(1_000))])).toEqual(told);
    expect(compare(provider, [foreign(entryOf(1_000))], { cancelAmount: won(1_000) })).toEqual(told);
  });

  it('what stands in the history and not in cancel_amount', () => {
    const entries = [entryOf(1_000), entryOf(3_000)];
    const provider = theProvider(entries, { cancelAmount: won(1_000) });
    expect(
      compare(
        provider,
        entries.map((entry) => foreign(entry)),
      ),
    ).toEqual({
      explained: 0,
      unexplained: 1_000,
      kinds: ['onlyInHistory'],
    });
  });

  it('what has been cancelled beyond what was paid', () => {
    const entries = [entryOf(5_000), entryOf(7_000)];
    expect(
      compare(
        theProvider(entries),
        entries.map((entry) => foreign(entry)),
      ),
    ).toEqual({
      explained: 10_000,
      unexplained: 2_000,
      kinds: ['moreThanPaid'],
    });
  });

  it('what the ledger holds as cancelled and the provider does not: L > R', () => {
    expect(compare(theProvider(), [], { cancelAmount: won(3_000) })).toEqual({
      explained: 0,
      unexplained: 3_000,
      kinds: ['notAtProvider'],
    });
    const lost = [refundOf(OURS, [tagged(3_000, OURS)])];
    expect(compare(theProvider(), lost, { cancelAmount: won(3_000) })).toEqual({
      explained: 0,
      unexplained: 3_000,
      kinds: ['refundsNotAtProvider'],
    });
    const part = [refundOf(OURS, [tagged(1_000, OURS)])];
    expect(compare(theProvider(), part, { cancelAmount: won(3_000) })).toMatchObject({ unexplained: 3_000 });
  });

  it("a refund of ours that is gone, also where the console's cancel hides it in the balance", () => {
    const console = entryOf(4_000, { fromConsole: true });
    const items = [refundOf(OURS, [tagged(3_000, OURS)]), foreign(console)];
    expect(compare(theProvider([console]), items)).toMatchObject({ explained: 4_000, unexplained: 3_000 });
    const promoted = theProvider([console], { hasPromotion: true, cancelAmount: won(5_000) });
    expect(compare(promoted, items)).toMatchObject({ explained: 5_000, unexplained: 3_000 });
  });

  it('the second of two refunds of one amount, where the provider shows one', () => {
    const one = entryOf(3_000, { cancellationId: 'one' });
    const items = [refundOf(OURS, [one]), refundOf(OTHER, [entryOf(3_000, { cancellationId: 'two' })])];
    expect(compare(theProvider([one]), items)).toMatchObject({ explained: 3_000, unexplained: 3_000 });
  });

  it('everything of a payment that the ledger knows as another', () => {
    const provider = theProvider([entryOf(3_000)]);
    const { findings, ...sums } = comparePayment(sides(provider, [], { amount: won(9_000) }));
    expect(sums).toEqual({ currency: 'KRW', explained: 0, unexplained: 3_000 });
    expect(findings).toMatchObject([{ kind: 'differentPayment', why: DOUBTS.otherAmount }]);
  });

  it('in a payment whose cancelled sum the provider does not tell, nothing but what no refund holds', () => {
    const entries = [tagged(3_000, OURS), entryOf(1_000)];
    const provider = theProvider(entries, { sumTold: false });
    const { unexplained, kinds } = compare(provider, [refundOf(OURS, entries.slice(0, 1))]);
    expect({ unexplained, kinds }).toEqual({ unexplained: 1_000, kinds: ['notBooked', 'sumNotTold'] });
    const items = [refundOf(OURS, entries.slice(0, 1)), foreign(entryOf(1_000))];
    for (const cancelAmount of [won(0), won(6_000)]) {
      expect(compare(provider, items, { cancelAmount })).toEqual({
        explained: 4_000,
        unexplained: 0,
        kinds: ['sumNotTold'],
      });
    }
  });
});

describe('a cancel that two people have called undone', () => {
  const entry = tagged(3_000, OURS);
  const undone = {
    proposal: proposed(),
    approval: { evidence: 'e', by: { sub: 's', person: 'p' }, atMs: 1 },
  };

  it('is missed nowhere, whether the provider still lists its entry or not', () => {
    const refund = refundOf(OURS, [entry], { undone });
    expect(compare(theProvider(), [refund])).toEqual(allExplained(0));
    expect(compare(theProvider([entry], { cancelAmount: won(0) }), [refund])).toEqual(allExplained(0));
  });
});

describe('a payment that the ledger lacks', () => {
  const unheld = (provider: ProviderPayment) => {
    const { explained, unexplained, findings } = comparePayment({ payment: undefined, items: [], provider });
    return { explained, unexplained, kinds: findings.map(({ kind }) => kind) };
  };

  it("is explained by the provider's own history, but for tags of ours and what does not add up", () => {
    expect(unheld(theProvider([entryOf(3_000)]))).toEqual(allExplained(3_000));
    expect(unheld(theProvider([entryOf(1_000), tagged(3_000, OURS)]))).toEqual({
      explained: 1_000,
      unexplained: 3_000,
      kinds: ['foreignTag'],
    });
    expect(unheld(theProvider([], { cancelAmount: won(500) }))).toMatchObject({ kinds: ['withoutEntry'] });
  });
});

describe('a reading contradicts the ledger', () => {
  it('when it shows less than the ledger knows, and not when it shows more or the same', () => {
    const provider = theProvider([entryOf(3_000)]);
    expect(contradicts(sides(provider, [], { cancelAmount: won(4_000) }))).toBe(true);
    expect(contradicts(sides(provider))).toBe(false);
    expect(contradicts(sides(provider, [], { cancelAmount: won(0) }))).toBe(false);
  });

  it('not when it is about another payment', () => {
    const another = { amount: won(9_000), cancelAmount: won(4_000) };
    expect(contradicts(sides(theProvider([entryOf(3_000)]), [], another))).toBe(false);
  });

  it('not when only the entry is missing and its amount is there', () => {
    const provider = theProvider([], { cancelAmount: won(3_000) });
    expect(contradicts(sides(provider, [refundOf(OURS, [tagged(3_000, OURS)])]))).toBe(false);
  });
});

describe('whatever the provider and the ledger hold', () => {
  const ids = [OURS, OTHER, `rf_${'c'.repeat(24)}`];
  const amount = fc.integer({ min: 1, max: 6_000 });
  const samples = fc.record({
    history: fc.array(fc.record({ amount, id: fc.constantFrom(...ids, undefined), named: fc.boolean() }), {
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
    const entries = sample.history.map(({ amount: part, id, named }, index): CancelEntry => {
      const { cancellationId: _none, ...bare } = id === undefined ? entryOf(part) : tagged(part, id);
      return named ? { ...bare, cancellationId: `c${index}` } : bare;
    });
    const total = entries.reduce((so, each) => so + each.amount, 0);
    const provider = theProvider(entries, { cancelAmount: won(Math.max(0, total + sample.hidden)) });
    const refunds = sample.kept.map(({ amount: part, isCancelled, at }, index) => {
      const refundId = ids[index] ?? OURS;
      const own = entries[at] ?? entryOf(part, { cancellationId: `lost${index}` });
      return isCancelled
        ? cancelled({ refundId, amount: won(part), entries: [own] })
        : rejected({ refundId, amount: won(part) });
    });
    const others = sample.foreign.flatMap((at) => entries[at] ?? []).map((entry) => foreign(entry));
    const flying = sample.isInFlight ? [requested({ refundId: `rf_${'d'.repeat(24)}` })] : [];
    return sides(provider, [...refunds, ...others, ...flying], { cancelAmount: won(sample.booked) });
  }

  it('every won that the provider has cancelled is explained or unexplained, and what is undone comes on top', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const built = build(sample);
        const { explained, unexplained } = comparePayment(built);
        const { cancelAmount } = built.provider;
        const total = explained + unexplained;
        return contradicts(built)
          ? explained <= cancelAmount && total > cancelAmount
          : total === cancelAmount;
      }),
      { numRuns: 1_000 },
    );
  });

  it('what is unexplained is named, and what is named as in question is unexplained', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const built = build(sample);
        const { unexplained, findings } = comparePayment(built);
        // A history that exceeds a balance of nothing is odd, but no won is in question.
        return findings.some(isInQuestion) === unexplained > 0 || built.provider.cancelAmount === 0;
      }),
      { numRuns: 1_000 },
    );
  });
});

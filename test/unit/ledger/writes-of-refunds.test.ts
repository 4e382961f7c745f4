import { describe, expect, it } from 'vitest';
import {
  cancelled,
  entryOf,
  MORNING_MS,
  notExecuted,
  notSent,
  proposed,
  REFUND_ID,
  rejected,
  requested,
  thePayment,
  theProvider,
  won,
} from '../../support/ledger-samples.ts';
import { executed, lastWish, REFUSED, refusedBy, Story } from '../../support/ledger-story.ts';

const later = MORNING_MS + 20_000;

describe('a claim (row 3)', () => {
  it('reserves the payment for one refund', async () => {
    const story = new Story();
    const payment = await story.imported();
    const bucket = { tokens: 8.25, atMs: MORNING_MS };
    await story.writes({ kind: 'claim', payment, refund: requested(), lastWish, bucket });
    expect(await story.payment()).toEqual({ ...thePayment(), inFlight: REFUND_ID, lastWish, bucket });
    expect(await story.refund()).toEqual(requested());
  });

  it('is refused while another refund is in flight, and leaves nothing behind', async () => {
    const story = new Story();
    const payment = await story.claimed();
    const another = requested({ refundId: 'rf_zzzzzzzzzzzzzzzzzzzzzzzz' });
    expect(await story.write({ kind: 'claim', payment, refund: another, lastWish })).toEqual(REFUSED);
    expect(await story.ledger.refund(another)).toBeUndefined();
  });

  it('is told of the refund that stands there already', async () => {
    const story = new Story();
    const payment = await story.claimed();
    expect(await story.write({ kind: 'claim', payment, refund: requested(), lastWish })).toEqual(
      refusedBy(requested()),
    );
  });

  it('is refused when others have cancelled meanwhile: cancel_amount is not the one that was read', async () => {
    const story = new Story();
    const payment = await story.imported();
    await story.writes({ kind: 'book', payment, provider: theProvider([entryOf(300)]), isNews: true });
    expect(await story.write({ kind: 'claim', payment, refund: requested(), lastWish })).toEqual(REFUSED);
    expect(await story.payment()).not.toHaveProperty('inFlight');
  });

  it('of a refund that was never sent begins anew: nothing of the earlier claim is left', async () => {
    const story = new Story();
    const payment = await story.imported();
    const first = requested({ reason: 'broken', answer: { atMs: later, text: 'code 1' }, lookedAtMs: later });
    await story.writes(
      { kind: 'claim', payment, refund: first, lastWish },
      { kind: 'not_sent', payment, refund: notSent() },
      { kind: 'claim', payment, refund: requested({ gen: 2 }), lastWish },
    );
    expect(await story.refund()).toEqual(requested({ gen: 2 }));
  });
});

describe('the end of a refund (rows 4, 5, 7d, 10)', () => {
  it('releases the payment and takes over what the provider says', async () => {
    const story = new Story();
    const payment = await story.claimed();
    const end = {
      kind: 'finish',
      payment,
      refund: cancelled(),
      provider: executed,
      keepsBalance: false,
    } as const;
    await story.writes({ ...end, digest: 'digest' });
    const { sumTold: _, ...facts } = executed;
    expect(await story.payment()).toEqual({
      ...facts,
      lookedAtMs: MORNING_MS,
      lastWish,
      heldDigest: 'digest',
    });
    expect(await story.refund()).toEqual(cancelled());
  });

  it('is refused, without the refund, when L is above R by now; keeping the balance it is applied', async () => {
    const story = new Story();
    const payment = await story.claimed();
    await story.writes({ kind: 'book', payment, provider: theProvider([entryOf(2_000)]), isNews: true });
    const end = { kind: 'finish', payment, refund: cancelled(), provider: executed } as const;
    expect(await story.write({ ...end, keepsBalance: false })).toEqual(REFUSED);
    await story.writes({ ...end, keepsBalance: true });
    const after = await story.payment();
    expect(after).toMatchObject({ cancelAmount: 2_000, cancelHistory: [entryOf(2_000)] });
    expect(after).not.toHaveProperty('inFlight');
  });

  it('comes once: whoever is late is told of the end that was first', async () => {
    const story = new Story();
    const payment = await story.claimed();
    const end = { kind: 'finish', payment, keepsBalance: true } as const;
    await story.writes({ ...end, refund: cancelled() });
    expect(await story.write({ ...end, refund: notExecuted() })).toEqual(refusedBy(cancelled()));
    expect(await story.write({ kind: 'not_sent', payment, refund: notSent() })).toEqual(
      refusedBy(cancelled()),
    );
  });

  it('is of one claim: an answer to an earlier one does not end a later one', async () => {
    const story = new Story();
    const payment = await story.claimed();
    await story.writes(
      { kind: 'not_sent', payment, refund: notSent() },
      { kind: 'claim', payment: await story.payment(), refund: requested({ gen: 2 }), lastWish },
    );
    const late = { kind: 'finish', payment, refund: rejected(), keepsBalance: true } as const;
    expect(await story.write(late)).toEqual(refusedBy(requested({ gen: 2 })));
  });

  it('forgets a digest that it does not know to hold for the new history', async () => {
    const story = new Story();
    const payment = await story.imported();
    await story.writes(
      { kind: 'book', payment, provider: theProvider(), isNews: false, digest: 'old' },
      { kind: 'claim', payment, refund: requested(), lastWish },
      { kind: 'finish', payment, refund: rejected(), provider: theProvider(), keepsBalance: false },
    );
    expect(await story.payment()).not.toHaveProperty('heldDigest');
  });
});

describe('notes of a refund in doubt', () => {
  it('change what they name and nothing else', async () => {
    const story = new Story();
    await story.claimed();
    const answer = { atMs: later, text: 'unknown: timeout' };
    const doubt = { why: 'still alive', cancelAmount: won(10) };
    await story.writes(
      { kind: 'note', refund: requested(), set: { answer, unreadableSinceMs: later } },
      { kind: 'note', refund: requested(), set: { doubt, unreadableSinceMs: null, resolveAtMs: later } },
    );
    expect(await story.refund()).toEqual(requested({ answer, doubt, resolveAtMs: later }));
  });

  it('say once when a look first found nothing of ours (row 7)', async () => {
    const story = new Story();
    await story.claimed();
    const look = { kind: 'looked', refund: requested(), lookedAtMs: later, resolveAtMs: later + 1 } as const;
    await story.writes(look);
    expect((await story.write({ ...look, lookedAtMs: later + 5 })).kind).toBe('refused');
    expect(await story.refund()).toEqual(requested({ lookedAtMs: later, resolveAtMs: later + 1 }));
  });

  it('let one of two workers take a look', async () => {
    const story = new Story();
    await story.claimed();
    const take = { kind: 'take_look', refund: requested(), resolveAtMs: later } as const;
    await story.writes(take);
    expect(await story.write(take)).toEqual(refusedBy(requested({ resolveAtMs: later })));
  });
});

describe('a refund that is corrected (row 8’)', () => {
  it('is the one that was read: another change since then refuses the correction', async () => {
    const story = new Story();
    const payment = await story.claimed();
    await story.writes({ kind: 'finish', payment, refund: notExecuted(), keepsBalance: true });
    const refund = cancelled({ corrected: true, revision: 1 });
    const correct = { kind: 'correct', payment, was: notExecuted(), refund } as const;
    await story.writes(correct);
    expect(await story.write(correct)).toEqual(refusedBy(refund));
    expect(await story.refund()).toEqual(refund);
  });
});

describe('a cancel that the PG has undone (row 11)', () => {
  it('lowers cancel_amount only while nothing is in flight and it is the one that was read', async () => {
    const story = new Story();
    const payment = await story.claimed();
    const was = cancelled();
    await story.writes({ kind: 'finish', payment, refund: was, provider: executed, keepsBalance: false });
    const head = await story.payment();
    await story.writes({ kind: 'shrunk', payment: head, shrunk: { atMs: later, cancelAmount: won(0) } });
    const closing = {
      proposal: proposed(),
      approval: { evidence: 'me too', by: { sub: 'b', person: 'Lee' }, atMs: later },
    };
    const refund = { ...was, undone: closing, revision: 1 };
    const undo = { kind: 'undo', payment: head, provider: theProvider(), was, refund } as const;
    expect(await story.write({ ...undo, payment })).toEqual(REFUSED);
    await story.writes(undo);
    const after = await story.payment();
    expect(after).toMatchObject({ cancelAmount: 0, status: 'paid', cancelHistory: [] });
    expect(after).not.toHaveProperty('shrunk');
    expect(await story.refund()).toEqual(refund);
  });

  it('is proposed by one at a time: who speaks at once with another reads their word first', async () => {
    const story = new Story();
    const payment = await story.claimed();
    await story.writes({ kind: 'finish', payment, refund: cancelled(), keepsBalance: true });
    const propose = { kind: 'propose_undone', of: cancelled(), proposal: proposed() } as const;
    await story.writes(propose);
    const standing = cancelled({ proposal: proposed(), revision: 1 });
    const another = proposed({ by: { sub: 'staff-2', person: 'Lee' } });
    expect(await story.write({ ...propose, proposal: another })).toEqual(refusedBy(standing));
  });
});

describe('what stands in an item', () => {
  it('is what the types name: nothing else of a value can slip in, such as an account', async () => {
    const story = new Story();
    const payment = await story.imported();
    const account = { account: '110-123-456789', holder: '김철수', tel: '010-1234-5678' };
    const refund = { ...requested(), ...account, refundAccount: account };
    const write = { kind: 'claim', payment: { ...payment, ...account }, refund, lastWish } as const;
    await story.writes(write, {
      kind: 'finish',
      payment,
      refund: { ...cancelled(), ...account },
      keepsBalance: true,
    });
    const all = JSON.stringify(story.table.items);
    for (const secret of Object.values(account)) expect(all).not.toContain(secret);
    expect(await story.refund()).toBeDefined();
  });
});

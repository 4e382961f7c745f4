import { describe, expect, it } from 'vitest';
import { attributions } from '../../../functions/refund/attribution.ts';
import type { CancelEntry } from '../../../functions/refund/payment.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import {
  cancelled,
  elsewhere,
  entryOf,
  notExecuted,
  notSent,
  REFUND_ID,
  rejected,
  requested,
  theProvider,
} from '../../support/ledger-samples.ts';

const TAG = { reason: `[${REFUND_ID}]` };
const nothing = { corrections: [], turnedOver: [], elsewhere: [], isComplete: true };
const ours = entryOf(1_000, TAG);
const again = entryOf(1, TAG);
const theirs = entryOf(300);
const may = entryOf(1_000);
const more = entryOf(1_001);
const parts = [entryOf(400, TAG), entryOf(600, TAG)];
const wrong = entryOf(1_000, { cancellationId: 'C2' });
const byAnswer = cancelled({ attribution: 'answer', entries: [wrong] });
const known = cancelled({ entries: [ours] });
const stranger = elsewhere({ entry: ours });
const turned = { ...stranger, status: 'attributed', attributedTo: REFUND_ID, revision: 1 } as const;
const taken = elsewhere({ entry: wrong, status: 'attributed', attributedTo: REFUND_ID });
const back = elsewhere({ entry: wrong, revision: 1 });
const correction = (was: LedgerItem, entries: readonly CancelEntry[]) => ({
  corrections: [{ was, entries }],
});

describe('who holds an entry (rows 8 and 8’)', () => {
  it.each<[string, readonly CancelEntry[], readonly LedgerItem[], object]>([
    [
      'held by our refund and by a foreign cancel',
      [theirs, ours, ours],
      [known, elsewhere({ entry: theirs })],
      {},
    ],
    ['held by nobody', [theirs], [rejected(), notSent()], { elsewhere: [theirs] }],
    [
      'that may be the refund in flight waits',
      [may, more],
      [requested()],
      { elsewhere: [more], isComplete: false },
    ],
    ['seen before the send does not wait', [may], [requested({ seen: ['C1000'] })], { elsewhere: [may] }],
    ['with the tag of the refund in flight waits', [again], [requested()], { isComplete: false }],
    ['with the tag of a rejected refund corrects it', parts, [rejected()], correction(rejected(), parts)],
    ['of a refund not executed, too', parts, [notExecuted()], correction(notExecuted(), parts)],
    ['of a refund never sent, too', parts, [notSent()], correction(notSent(), parts)],
    [
      'with the tag disproves another attribution, whose entry becomes foreign',
      [ours, wrong],
      [byAnswer],
      { ...correction(byAnswer, [ours]), elsewhere: [wrong] },
    ],
    [
      'with the tag a second time disproves nothing',
      [ours, again],
      [known],
      correction(known, [ours, again]),
    ],
    [
      'held as foreign becomes a refund’s by its tag',
      [ours],
      [notExecuted(), stranger],
      { ...correction(notExecuted(), [ours]), turnedOver: [turned] },
    ],
    ['held as foreign and by a refund', [ours], [known, stranger], { turnedOver: [turned] }],
    ['turned over already', [ours], [known, turned], {}],
    ['taken wrongly for a refund is foreign again', [ours, wrong], [known, taken], { turnedOver: [back] }],
  ])('an entry %s', (_what, entries, items, told) => {
    expect(attributions(theProvider(entries), items)).toEqual({ ...nothing, ...told });
  });
});

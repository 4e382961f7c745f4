import { describe, expect, it } from 'vitest';
import { attributions } from '../../../functions/refund/attribution.ts';
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

describe('who holds an entry (rows 8 and 8’)', () => {
  it('a cancelled refund holds its own entry, and a foreign cancel its own', () => {
    const ours = entryOf(1_000, TAG);
    const theirs = entryOf(300);
    const items = [cancelled({ entries: [ours] }), elsewhere({ entry: theirs })];
    expect(attributions(theProvider([theirs, ours, ours]), items)).toEqual(nothing);
  });

  it('an entry that nobody holds was cancelled by others', () => {
    const entry = entryOf(300);
    expect(attributions(theProvider([entry]), [])).toEqual({ ...nothing, elsewhere: [entry] });
    expect(attributions(theProvider([entry]), [rejected(), notSent()])).toMatchObject({ elsewhere: [entry] });
  });

  it('an entry that may be the refund in flight waits; an entry that cannot be it is attributed at once', () => {
    const may = entryOf(1_000);
    const not = entryOf(1_001);
    expect(attributions(theProvider([may, not]), [requested()])).toEqual({
      ...nothing,
      elsewhere: [not],
      isComplete: false,
    });
    expect(attributions(theProvider([may]), [requested({ seen: ['C1000'] })])).toMatchObject({
      elsewhere: [may],
    });
  });

  it('an entry with the tag of the refund in flight is left for that refund', () => {
    expect(attributions(theProvider([entryOf(400, TAG)]), [requested()])).toEqual({
      ...nothing,
      isComplete: false,
    });
  });

  it.each([
    ['rejected', rejected()],
    ['not executed', notExecuted()],
    ['never sent', notSent()],
  ])('the tag of a refund that was told as %s corrects it, with all its entries', (_how, was) => {
    const entries = [entryOf(400, TAG), entryOf(600, TAG)];
    expect(attributions(theProvider(entries), [was])).toEqual({
      ...nothing,
      corrections: [{ was, entries }],
    });
  });

  it('the tag on another entry corrects a refund attributed by other evidence: the entry it held becomes a foreign cancel', () => {
    const wrong = entryOf(1_000, { cancellationId: 'C2' });
    const right = entryOf(1_000, TAG);
    const was = cancelled({ attribution: 'answer', entries: [wrong] });
    expect(attributions(theProvider([right, wrong]), [was])).toEqual({
      ...nothing,
      corrections: [{ was, entries: [right] }],
      elsewhere: [wrong],
    });
  });

  it('a refund known by its tag is not disproved by a second entry', () => {
    const first = entryOf(1_000, TAG);
    const second = entryOf(1, TAG);
    const was = cancelled({ entries: [first] });
    expect(attributions(theProvider([first, second]), [was])).toMatchObject({
      corrections: [{ was, entries: [first, second] }],
      elsewhere: [],
    });
  });

  it('a foreign cancel that proves to be a refund of ours becomes that refund’s', () => {
    const entry = entryOf(1_000, TAG);
    const item = elsewhere({ entry });
    const turned = { ...item, status: 'attributed', attributedTo: REFUND_ID, revision: 1 };
    expect(attributions(theProvider([entry]), [notExecuted(), item])).toMatchObject({ turnedOver: [turned] });
    expect(attributions(theProvider([entry]), [cancelled({ entries: [entry] }), item])).toEqual({
      ...nothing,
      turnedOver: [turned],
    });
    const done = { ...item, status: 'attributed', attributedTo: REFUND_ID } as const;
    expect(attributions(theProvider([entry]), [cancelled({ entries: [entry] }), done])).toEqual(nothing);
  });
});

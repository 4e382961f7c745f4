import { describe, expect, it } from 'vitest';
import {
  carriesAnotherTag,
  carriesTag,
  CONSOLE_REASON,
  isConsoleText,
  isWhatIsLeftOf,
  REASON_MAX_CHARACTERS,
  taggedReason,
} from '../../../functions/refund/attribution.ts';
import { OTHER_REFUND_ID, REFUND_ID } from '../../support/samples.ts';

describe('the reason that i’mport gets', () => {
  it('begins with the tag, because a PG cuts at the end', () => {
    expect(taggedReason('changed my mind', REFUND_ID)).toBe(`[${REFUND_ID}] changed my mind`);
  });

  it('is the tag alone when nobody gave a reason', () => {
    expect(taggedReason(undefined, REFUND_ID)).toBe(`[${REFUND_ID}]`);
    expect(taggedReason('  ', REFUND_ID)).toBe(`[${REFUND_ID}]`);
  });

  it('fits into the field, and no character is cut in two', () => {
    const reason = taggedReason('😀'.repeat(300), REFUND_ID);
    expect(reason.length).toBeLessThanOrEqual(REASON_MAX_CHARACTERS);
    expect(reason.isWellFormed()).toBe(true);
  });

  it('carries no other tag, whatever the caller wrote', () => {
    const reason = taggedReason(`[${OTHER_REFUND_ID}] RF_zz`, REFUND_ID);
    expect(carriesTag(reason, REFUND_ID)).toBe(true);
    expect(carriesAnotherTag(reason, REFUND_ID)).toBe(false);
  });

  it('never looks like the console’s, whatever is cut from it (E3)', () => {
    const reason = taggedReason(`${CONSOLE_REASON}      `, REFUND_ID);
    for (let start = 0; start < reason.length; start += 1) {
      expect(isConsoleText(reason.slice(start))).toBe(false);
      expect(isConsoleText(reason.slice(0, start))).toBe(false);
    }
  });
});

describe('an entry of the history', () => {
  it.each([
    ['as it was sent', `[${REFUND_ID}] words`],
    ['without its brackets', REFUND_ID],
    ['in capitals', REFUND_ID.toUpperCase()],
    ['amid a PG’s own words', `PG: (${REFUND_ID}) done`],
  ])('bears our tag: %s', (_how, reason) => {
    expect(carriesTag(reason, REFUND_ID)).toBe(true);
    expect(carriesTag(reason, OTHER_REFUND_ID)).toBe(false);
    expect(carriesAnotherTag(reason, OTHER_REFUND_ID)).toBe(true);
  });

  it('bears no tag when its id is not whole', () => {
    expect(carriesTag(`[${REFUND_ID.slice(0, -1)}`, REFUND_ID)).toBe(false);
    expect(carriesTag(undefined, REFUND_ID)).toBe(false);
  });
});

describe('what a PG may leave of our text (7p)', () => {
  const sent = taggedReason('상품B', REFUND_ID);

  it.each([[undefined], [''], ['   '], [sent.slice(0, 9)], [sent.slice(-4)], [`${sent.slice(0, 12)}\uFFFD`]])(
    'is nothing, a beginning or an end: %s',
    (reason) => {
      expect(isWhatIsLeftOf(sent, reason)).toBe(true);
    },
  );

  it.each([['상품A'], [CONSOLE_REASON], [sent.slice(3, 9)]])('is nothing else: %s (A4)', (reason) => {
    expect(isWhatIsLeftOf(sent, reason)).toBe(false);
  });
});

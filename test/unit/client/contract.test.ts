import { describe, expect, it } from 'vitest';
import { REJECTION_CODES } from '../../../functions/refund/refund.ts';
import { MESSAGES, messageOf } from '../../../lib/client/messages.ts';

describe('the messages of the browser client', () => {
  it.each([...REJECTION_CODES, 'NOT_EXECUTED', 'ALREADY_CANCELLED_AT_PG', 'REFUND_NOT_FOUND'])(
    'the client has its own message for %s, because a read returns only the code',
    (code) => expect(MESSAGES).toHaveProperty(code),
  );

  it.each(Object.entries(MESSAGES))(
    'the message for %s exists in Korean and English and contains no technical names',
    (_, text) => {
      expect(text.ko).toMatch(/\p{Script=Hangul}/u);
      expect(text.en).not.toMatch(/\p{Script=Hangul}/u);
      expect(`${text.ko} ${text.en}`).not.toMatch(/Idempotency-Key|errors|_/);
    },
  );

  it('an unknown code gets the general message that the refund was refused', () => {
    expect(messageOf('toString', 'en')).toBe('The refund was refused.');
  });
});

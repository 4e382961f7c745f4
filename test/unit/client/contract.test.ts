import { describe, expect, it } from 'vitest';
import type * as v from 'valibot';
import type * as Schemas from '../../../functions/http/answer-schemas.ts';
import type { ProblemCode } from '../../../functions/http/codes.ts';
import { REJECTION_CODES } from '../../../functions/refund/refund.ts';
import { MESSAGES } from '../../../lib/client/messages.ts';
import {
  messageOf,
  type KnownCode,
  type Payment,
  type Problem,
  type Refund,
} from '../../../lib/client/refund-client.ts';

type Served<S extends v.GenericSchema> = v.InferOutput<S>;
type ServedPayment = Served<typeof Schemas.PaymentAnswer>;
type ServedRefund = Served<typeof Schemas.Refund>;

/** Members of the first that the second does not have. */
type Missing<First, Second> = Exclude<keyof First, keyof Second>;
/** Codes of the routes that are for staff. */
type OfStaff = 'PERSON_CLAIM_MISSING' | 'PROPOSAL_DIFFERS' | 'STILL_RESOLVABLE' | 'FINDING_NOT_FOUND';
type Codes = [Exclude<ProblemCode, OfStaff>, KnownCode] extends [KnownCode, ProblemCode]
  ? true
  : 'the codes of the service are others than those of the client';
type Holds = [ServedPayment, ServedRefund, Served<typeof Schemas.Problem>] extends [Payment, Refund, Problem]
  ? [Missing<ServedPayment, Payment>, Missing<ServedRefund, Refund>] extends [never, never]
    ? true
    : 'the service answers a field that the client has no type for'
  : 'the service answers something else than the client says';

describe('the contract with the service', () => {
  it('knows every code that a customer can meet (which the compiler checks)', () => {
    expect(true satisfies Codes).toBe(true);
  });

  it('gives every field of an answer a type (which the compiler checks)', () => {
    expect(true satisfies Holds).toBe(true);
  });

  it.each([...REJECTION_CODES, 'NOT_EXECUTED', 'ALREADY_CANCELLED_AT_PG', 'REFUND_NOT_FOUND'])(
    'has words of its own for %s, which a look shows as a code only',
    (code) => expect(MESSAGES).toHaveProperty(code),
  );

  it.each(Object.entries(MESSAGES))(
    'tells a customer of %s in both languages, without the words of a program',
    (_, text) => {
      expect(text.ko).toMatch(/\p{Script=Hangul}/u);
      expect(text.en).not.toMatch(/\p{Script=Hangul}/u);
      expect(`${text.ko} ${text.en}`).not.toMatch(/Idempotency-Key|errors|_/);
    },
  );

  it('says of a code of next year only that it was refused', () => {
    expect(messageOf('toString', 'en')).toBe('The refund was refused.');
  });
});

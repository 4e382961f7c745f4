import { describe, expect, it } from 'vitest';
import type * as v from 'valibot';
import type * as Schemas from '../../../functions/http/answer-schemas.ts';
import { CODES, PROBLEM_CODES } from '../../../functions/http/codes.ts';
import { messageOf, type Payment, type Problem, type Refund } from '../../../lib/client/refund-client.ts';

type Served<S extends v.GenericSchema> = v.InferOutput<S>;
type ServedPayment = Served<typeof Schemas.PaymentAnswer>;
type ServedRefund = Served<typeof Schemas.Refund>;

/** Members of the first that the second does not have. */
type Missing<First, Second> = Exclude<keyof First, keyof Second>;
type Holds = [ServedPayment, ServedRefund, Served<typeof Schemas.Problem>] extends [Payment, Refund, Problem]
  ? [Missing<ServedPayment, Payment>, Missing<ServedRefund, Refund>] extends [never, never]
    ? true
    : 'the service answers a field that the client has no type for'
  : 'the service answers something else than the client says';

describe('the contract with the service', () => {
  it('gives every field of an answer a type (which the compiler checks)', () => {
    expect(true satisfies Holds).toBe(true);
  });

  it.each(PROBLEM_CODES)('has words in Korean and in English for %s, of the one table', (code) => {
    const isOwn = ['NOT_EXECUTED', 'FORBIDDEN'].includes(code);
    expect(messageOf(code, 'ko')).toMatch(/\p{Script=Hangul}/u);
    expect(messageOf(code, 'en') === CODES[code].en).toBe(!isOwn);
  });

  it('says of a code of next year only that it was refused', () => {
    expect(messageOf('toString', 'en')).toBe('The refund was refused.');
  });
});

import { describe, expect, it } from 'vitest';
import type * as v from 'valibot';
import type * as Schemas from '../../../functions/http/answer-schemas.ts';
import type { CancelBody } from '../../../functions/http/schemas.ts';
import type { ProblemCode } from '../../../functions/http/codes.ts';
import { REJECTION_CODES } from '../../../functions/refund/refund.ts';
import { MESSAGES } from '../../../lib/client/messages.ts';
import {
  messageOf,
  type CancelRequest,
  type KnownCode,
  type Payment,
  type Problem,
  type Refund,
} from '../../../lib/client/refund-client.ts';

/** The named members of a type, without its index signature. */
type Named<T> = keyof { [K in keyof T as string extends K ? never : K]: T[K] };
/** Paths of members that the first type has and the second lacks, at any depth. Members of type `object` are for staff and are not compared. */
type Missing<First, Second, Path extends string = ''> = object extends Second
  ? never
  : [First, Second] extends [readonly (infer A)[], readonly (infer B)[]]
    ? Missing<A, B, Path>
    : First extends object
      ? {
          [K in keyof First & string]-?: K extends Named<Second>
            ? Missing<NonNullable<First[K]>, NonNullable<Second[K]>, `${Path}.${K}`>
            : `${Path}.${K}`;
        }[keyof First & string]
      : never;

interface Served {
  readonly payment: v.InferOutput<typeof Schemas.PaymentAnswer>;
  readonly refund: v.InferOutput<typeof Schemas.Refund>;
  readonly problem: v.InferOutput<typeof Schemas.Problem>;
}
interface Typed {
  readonly payment: Payment;
  readonly refund: Refund;
  readonly problem: Problem;
}
type Asked = v.InferInput<typeof CancelBody>;

/** Codes and members of the routes that are for staff. */
type OfStaff = 'PERSON_CLAIM_MISSING' | 'PROPOSAL_DIFFERS' | 'STILL_RESOLVABLE' | 'FINDING_NOT_FOUND';
type MembersOfStaff = '.problem.proposed_by' | '.problem.verdict';

type IsNone<T> = [T] extends [never] ? true : T;

describe('the types of the browser client', () => {
  it('the client has a type for every code, answer member and request field (the compiler names a missing one)', () => {
    expect(true satisfies IsNone<Exclude<ProblemCode, KnownCode | OfStaff>>).toBe(true);
    expect(true satisfies IsNone<Exclude<KnownCode, ProblemCode>>).toBe(true);
    expect(true satisfies IsNone<Exclude<Missing<Served, Typed>, MembersOfStaff>>).toBe(true);
    expect(true satisfies IsNone<Missing<Asked, CancelRequest>>).toBe(true);
    expect(true satisfies IsNone<Missing<CancelRequest, Asked>>).toBe(true);
    expect(true satisfies [Served] extends [Typed] ? true : 'a member has another type').toBe(true);
  });

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

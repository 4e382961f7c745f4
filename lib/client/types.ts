import type * as v from 'valibot';
import type * as Answers from '../../functions/http/answer-schemas.ts';
import type { ProblemCode as ServiceCode } from '../../functions/http/codes.ts';
import type { CancelBody } from '../../functions/http/schemas.ts';

/** JSON of the API, from the schemas of the service. The package has the same types in full: `lib/openapi/client-types.ts`. */

type Frozen<T> = T extends readonly (infer Each)[]
  ? readonly Frozen<Each>[]
  : T extends object
    ? { readonly [Name in keyof T]: Frozen<T[Name]> }
    : T;
type Answer<Schema extends v.GenericSchema> = Frozen<v.InferOutput<Schema>>;

/** A newer service may have other codes, so any text is accepted. */
export type ProblemCode = ServiceCode | (string & Record<never, never>);

/** Body of `POST /payments/cancel`; the browser client needs the order's number. */
export type CancelRequest = Frozen<v.InferInput<typeof CancelBody>> & { readonly merchant_uid: string };

export type Provider = Answer<typeof Answers.Provider>;
export type HistoryEntry = Answer<typeof Answers.HistoryEntry>;
/** One of the payments of an order. */
export type PaymentSummary = Answer<typeof Answers.PaymentSummary>;

export interface Refund extends Omit<Answer<typeof Answers.Refund>, 'rejection'> {
  readonly rejection?: { readonly code: ProblemCode; readonly provider?: Provider | undefined } | undefined;
}

type Read = Answer<typeof Answers.PaymentAnswer>;

/** The payment of any answer. Only `GET /payments/{merchant_uid}` has refunds and payments, and says what can be refunded. */
export interface Payment
  extends Answer<typeof Answers.Payment>, Partial<Pick<Read, 'refunds_before' | 'refundable' | 'payments'>> {
  readonly refunds?: readonly Refund[];
}

/** `application/problem+json` (RFC 9457). The gateway's own errors have `message` alone. */
export interface Problem extends Partial<Omit<Answer<typeof Answers.Problem>, 'code' | 'refund'>> {
  readonly code?: ProblemCode | undefined;
  readonly refund?: Refund;
  readonly [member: string]: unknown;
}

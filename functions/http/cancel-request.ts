import type * as v from 'valibot';
import { ACCOUNT_FIELDS, passedOnFromWire, type CancelRequest } from '../refund/intent.ts';
import type { Actor } from '../refund/payment.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import type { CancelBody } from './schemas.ts';

type Body = v.InferOutput<typeof CancelBody>;

/** The one place where the wire's names of a request become ours. */
export function cancelRequest(body: Body, idempotencyKey: string | undefined, actor: Actor): CancelRequest {
  return {
    ...omitMissing({
      merchantUid: body.merchant_uid,
      impUid: body.imp_uid,
      amount: body.cancel_request_amount,
      checksum: body.checksum,
      reason: body.reason,
      idempotencyKey,
    }),
    passedOn: passedOnFromWire<number>(body),
    account: omitMissing({
      holder: body[ACCOUNT_FIELDS.holder],
      bank: body[ACCOUNT_FIELDS.bank],
      account: body[ACCOUNT_FIELDS.account],
      tel: body[ACCOUNT_FIELDS.tel],
    }),
    actor,
  };
}

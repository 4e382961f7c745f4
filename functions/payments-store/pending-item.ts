import * as v from 'valibot';
import { toDecimal } from '../refund/money.ts';
import type { PendingRefund } from '../refund/payment.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { proposalFromItem, ProposalItem, proposalToItem } from './closing-item.ts';
import {
  Intent,
  intentFromItem,
  intentToItem,
  number,
  optionalNumber,
  parsed,
  text,
  type Attributes,
} from './intent-item.ts';
import { ownAmount } from './stored-value.ts';

const Pending = v.object({
  ...Intent,
  claim_id: text,
  claimed_at: number,
  accepted: v.boolean(),
  refused: optionalNumber,
  checks: number,
  resolve_at: number,
  doubt: v.optional(v.object({ why: text, cancel_amount: optionalNumber })),
  proposal: v.optional(ProposalItem),
});

export function pendingToItem(pending: PendingRefund, currency: string): Attributes {
  const { doubt } = pending;
  return omitMissing({
    ...intentToItem(pending, currency),
    claim_id: pending.claimId,
    claimed_at: pending.claimedAtMs,
    accepted: pending.accepted,
    refused: pending.refused,
    checks: pending.checks,
    resolve_at: pending.resolveAtMs,
    doubt:
      doubt &&
      omitMissing({
        why: doubt.why,
        cancel_amount: doubt.cancelAmount === undefined ? undefined : toDecimal(doubt.cancelAmount, currency),
      }),
    proposal: proposalToItem(pending.proposal),
  });
}

export function pendingFromItem(value: unknown, currency: string): PendingRefund {
  const stored = parsed('refund_pending', Pending, value);
  const { doubt, proposal } = stored;
  return {
    ...intentFromItem(stored, currency),
    claimId: stored.claim_id,
    claimedAtMs: stored.claimed_at,
    accepted: stored.accepted,
    checks: stored.checks,
    resolveAtMs: stored.resolve_at,
    ...omitMissing({
      refused: stored.refused,
      proposal: proposal && proposalFromItem(proposal),
      doubt: doubt && {
        why: doubt.why,
        ...(doubt.cancel_amount === undefined
          ? {}
          : { cancelAmount: ownAmount('doubt.cancel_amount', doubt.cancel_amount, currency) }),
      },
    }),
  };
}

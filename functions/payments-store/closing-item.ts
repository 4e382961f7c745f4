import * as v from 'valibot';
import type { Closing, Proposal } from '../refund/payment.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { number, optionalText, text, type Attributes } from './intent-item.ts';

/** What two people say of a refund that no program can decide (row 10). */
export const ProposalItem = v.object({
  verdict: v.picklist(['executed', 'not_executed']),
  cancellation_id: optionalText,
  evidence: text,
  proposed_by: text,
  proposed_at: number,
});
export const ClosingItem = v.object({ ...ProposalItem.entries, approved_by: text });

export function proposalToItem(proposal: Proposal | undefined): Attributes | undefined {
  if (proposal === undefined) return undefined;
  const { verdict, cancellationId, evidence, proposedBy, proposedAtMs } = proposal;
  const named = { verdict, evidence, proposed_by: proposedBy, proposed_at: proposedAtMs };
  return omitMissing({ ...named, cancellation_id: cancellationId });
}

export function proposalFromItem(stored: v.InferOutput<typeof ProposalItem>): Proposal {
  const { verdict, evidence } = stored;
  const by = { proposedBy: stored.proposed_by, proposedAtMs: stored.proposed_at };
  return { verdict, evidence, ...by, ...omitMissing({ cancellationId: stored.cancellation_id }) };
}

export function closingToItem(closing: Closing | undefined): Attributes | undefined {
  return closing && { ...proposalToItem(closing), approved_by: closing.approvedBy };
}

export function closingFromItem(stored: v.InferOutput<typeof ClosingItem>): Closing {
  return { ...proposalFromItem(stored), approvedBy: stored.approved_by };
}

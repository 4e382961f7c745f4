import type { Write } from '../protocol/write.ts';
import type { Proposal } from '../refund/payment.ts';
import { equals, held, PENDING, RESOLVE_AT, type Condition, type Path } from './conditions.ts';
import { pendingToItem } from './pending-item.ts';
import { pendingSets, plan, type Plan, type Sets, type ShardOf } from './plan-parts.ts';

function pathIn(attribute: string): Path {
  return [...PENDING, attribute];
}

/**
 * A note changes only what it says. Two workers note at the same time, one of them what an answer said, the other what a
 * look saw: written whole, the second would take back that the cancel was accepted or refused.
 */
export function planNote({ payment, pending }: Extract<Write, { kind: 'note' }>, shardOf: ShardOf): Plan {
  const before = payment.pending;
  const conditions = held(pending);
  if (before?.seq !== pending.seq || before.attempt !== pending.attempt) {
    return plan(payment, conditions, pendingSets(payment, pending, shardOf));
  }
  const { currency } = payment;
  const was = pendingToItem(before, currency);
  const is = pendingToItem(pending, currency);
  const changed = Object.entries(is).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name]),
  );
  const due: Sets = before.resolveAtMs === pending.resolveAtMs ? [] : [[RESOLVE_AT, pending.resolveAtMs]];
  const set: Sets = [
    // Always something, since an update that changes nothing is none.
    [pathIn('seq'), pending.seq],
    ...changed.map(([name, value]) => [pathIn(name), value] as const),
    ...due,
  ];
  // A voice is added to what people had said when it was raised, never put over what was said meanwhile.
  const said = changed.some(([name]) => name === 'proposal') ? [sameProposal(before.proposal)] : [];
  const gone = Object.keys(was).filter((name) => !Object.hasOwn(is, name));
  return plan(payment, [...conditions, ...said], set, { remove: gone.map(pathIn) });
}

function sameProposal(proposal: Proposal | undefined): Condition {
  const path = [...PENDING, 'proposal', 'proposed_at'] as const;
  return proposal === undefined ? { test: 'absent', path } : equals(path, proposal.proposedAtMs);
}

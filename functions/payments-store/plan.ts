import { assertNever } from '../refund/assert-never.ts';
import type { OpenRefund } from '../protocol/ports.ts';
import type { Write } from '../protocol/write.ts';
import {
  asRead,
  equals,
  hasStatus,
  held,
  isNew,
  itemExists,
  knownBalance,
  neverDone,
  notAccepted,
  nothingInFlight,
  RECORDS,
  RESOLVE_AT,
  SEQ,
  seqIs,
} from './conditions.ts';
import { planNote } from './note-plan.ts';
import { cancellationSets, paymentSets } from './payment-item.ts';
import {
  DONE_WITH_PENDING,
  ownerSets,
  pendingSets,
  plan,
  recordSet,
  withRecord,
  type Plan,
  type ShardOf,
} from './plan-parts.ts';
import { planAdopt, planClaim, planDefer, planFinish, planProve } from './row-plans.ts';

/** The conditions of the protocol's table, one case a row. */
export function planWrite(write: Write, shardOf: ShardOf): Plan {
  switch (write.kind) {
    case 'claim':
      return planClaim(write, shardOf);
    case 'finish':
      return planFinish(write);
    case 'prove':
      return planProve(write);
    case 'release':
      return withRecord(write.payment, write.refund, held(write.guard), [], DONE_WITH_PENDING);
    case 'fence': {
      const { payment, refund } = write;
      // What was proven of this refund meanwhile is not taken back.
      const unclaimed = [itemExists, nothingInFlight, seqIs(payment.seq), neverDone(refund.refundId)];
      return withRecord(payment, refund, unclaimed, [[SEQ, payment.seq + 1]]);
    }
    case 'reattempt': {
      const { payment, guard, pending } = write;
      return plan(payment, [...held(guard), notAccepted], pendingSets(payment, pending, shardOf));
    }
    case 'note':
      return planNote(write, shardOf);
    case 'defer':
      return planDefer(write);
    case 'book':
      return planBook(write);
    case 'correct': {
      const { payment, refund } = write;
      const wasNotDone = hasStatus(refund.refundId, 'rejected', 'not_executed');
      return plan(payment, [wasNotDone], [recordSet(payment, refund)]);
    }
    case 'insert': {
      const { provider } = write;
      return plan(provider, [isNew], [...paymentSets(provider), ...ownerSets(provider), [RECORDS, {}]]);
    }
    case 'adopt':
      return planAdopt(write);
    case 'hear':
      return planHear(write);
    default:
      return assertNever(write);
  }
}

/** Row 8. An item that the shop has written over in part is put right as a whole. */
function planBook({ payment, provider }: Extract<Write, { kind: 'book' }>): Plan {
  const conditions = [itemExists, knownBalance('below', provider, payment)];
  const sets = payment.completeness === 'incomplete' ? paymentSets : cancellationSets;
  return plan(payment, conditions, sets(provider, payment));
}

/** At most one look a second: only from the last one that was read. */
function planHear({ payment, atMs }: Extract<Write, { kind: 'hear' }>): Plan {
  const path = ['refund_heard_at'] as const;
  return plan(payment, [itemExists, asRead(path, payment.stored.heardAt)], [[path, atMs]]);
}

/** The next look at an item that cannot be read: nothing else of it is touched. */
export function planPostponement(listed: OpenRefund, resolveAtMs: number): Plan {
  return plan(listed, [equals(RESOLVE_AT, listed.resolveAtMs)], [[RESOLVE_AT, resolveAtMs]]);
}

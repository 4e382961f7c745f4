import type { Payment, Refund } from '../../client/refund-client.ts';
import type { Word } from './words.ts';

/** One step of a refund, as its own fields tell it. */
export interface Step {
  /** Unix seconds; 0: the answer does not tell. */
  readonly at: number;
  readonly tone: 'plain' | 'open' | 'good' | 'bad';
  readonly told: { readonly word: Word } | { readonly code: string };
}

/** Oldest first. Nothing is told that the answer does not say: a refund in doubt has no end. */
export function stepsOf(refund: Refund): readonly Step[] {
  const { requested_at: asked, actor, finished_at: finished, in_doubt: doubt } = refund;
  if (refund.made_by !== undefined) return [step(refund.cancelled_at, 'good', 't_elsewhere')];
  const first = step(asked, 'plain', actor === 'staff' ? 't_asked_staff' : 't_asked_customer');
  switch (refund.status) {
    case 'cancelled': {
      const done = step(
        refund.cancelled_at || finished,
        'good',
        refund.corrected ? 't_corrected' : 't_cancelled',
      );
      return [first, done, ...(refund.undone ? [step(0, 'bad', 't_undone')] : [])];
    }
    case 'rejected':
      return [first, refused(finished, refund.rejection?.code ?? 'CANCEL_REJECTED')];
    case 'not_executed':
      return [first, refused(finished, refund.rejection?.code ?? 'NOT_EXECUTED')];
    case 'not_sent':
      return [first, refused(finished, 'NOT_SENT')];
    case 'unknown':
    default: {
      const open = step(doubt?.since ?? asked, 'open', 't_doubt');
      return [first, open, ...(doubt?.drift === true ? [step(0, 'open', 't_drift')] : [])];
    }
  }
}

function step(at: number, tone: Step['tone'], word: Word): Step {
  return { at, tone, told: { word } };
}

function refused(at: number, code: string): Step {
  return { at, tone: 'bad', told: { code } };
}

export function isInDoubt({ refunds = [] }: Payment): boolean {
  return refunds.some(({ status }) => status === 'unknown');
}

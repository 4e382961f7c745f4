import * as v from 'valibot';
import type { Surroundings } from './protocol/ports.ts';
import { reconcile } from './protocol/reconcile.ts';
import { ReconciliationWindowError, windowFault, type Wish } from './protocol/reconciliation-notes.ts';
import { omitMissing } from './refund/omit-missing.ts';
import { live } from './runtime/live.ts';
import { reconciliationMeasures, writeLine } from './runtime/report.ts';
import { scheduledHandler } from './runtime/start.ts';

/** A page is started only when it can still be read and compared. */
const STOP_BEFORE_END_MS = 60_000;

const seconds = v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)));

/** `{"window":"recent"}` every hour, `{"window":"full"}` every night, `{"fromSeconds":…,"toSeconds":…}` by hand. */
const Invocation = v.strictObject({
  window: v.optional(v.picklist(['recent', 'full', 'by_hand'])),
  fromSeconds: seconds,
  toSeconds: seconds,
});

/** One run of the reconciliation. @throws ReconciliationWindowError for an invalid window */
export async function handleReconcile(event: unknown, deadlineMs: number, world: Surroundings) {
  const wish = wishOf(event ?? {}, world.now());
  const left = deadlineMs - world.now();
  return reconcile({ ...wish, stopAtMs: deadlineMs - Math.min(STOP_BEFORE_END_MS, left / 2) }, world);
}

function wishOf(event: unknown, nowMs: number): Wish {
  const parsed = v.safeParse(Invocation, event);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new ReconciliationWindowError(`${v.getDotPath(issue) ?? 'the event'}: ${issue.message}`);
  }
  const { window, fromSeconds, toSeconds } = parsed.output;
  const isByHand = fromSeconds !== undefined || toSeconds !== undefined;
  if (isByHand && window !== undefined && window !== 'by_hand')
    throw new ReconciliationWindowError('window must be by_hand, or absent, beside fromSeconds or toSeconds');
  const ends = omitMissing({ fromSeconds, toSeconds });
  const fault = windowFault(ends, nowMs);
  if (fault !== undefined) throw new ReconciliationWindowError(fault);
  return { window: isByHand ? 'by_hand' : (window ?? 'recent'), ...ends };
}

export const handler = scheduledHandler('reconcilePayments', live, async (event, deadlineMs, { world }) => {
  const run = await handleReconcile(event, deadlineMs, world);
  const { finished, progress, behindMs, unreached, failed, report } = run;
  const level = failed === undefined && unreached === undefined ? 'INFO' : 'ERROR';
  const line = { finished, progress, behindMs, unreached, failed, report };
  writeLine({ level, event: 'reconciliation_run', ...line }, reconciliationMeasures(run));
  return run;
});

import * as v from 'valibot';
import type { Surroundings } from './protocol/ports.ts';
import { reconcile } from './protocol/reconcile.ts';
import { present } from './refund/present.ts';
import { builtOnce } from './runtime/built-once.ts';
import { live } from './runtime/live.ts';
import { reconciliationMeasures } from './runtime/measures.ts';
import { writeLine } from './runtime/observability.ts';
import { scheduledHandler } from './runtime/scheduled.ts';

/** No page is begun when it could not be read and compared any more. */
const STOP_BEFORE_END_MS = 60_000;

const seconds = v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)));

/** `{"window":"recent"}` every hour, `{"window":"full"}` every night, `{"fromSeconds":…,"toSeconds":…}` by hand. */
const Invocation = v.pipe(
  v.object({
    window: v.optional(v.picklist(['recent', 'full', 'by_hand'])),
    fromSeconds: seconds,
    toSeconds: seconds,
  }),
  v.transform(({ window, fromSeconds, toSeconds }) => {
    const byHand = fromSeconds !== undefined || toSeconds !== undefined;
    return {
      window: byHand ? 'by_hand' : (window ?? 'recent'),
      ...present({ fromSeconds, toSeconds }),
    } as const;
  }),
);

/** One run of the reconciliation; throws for an event that names no window, rather than walk through another one. */
export async function handleReconcile(event: unknown, deadlineMs: number, world: Surroundings) {
  const asked = v.parse(Invocation, event ?? {});
  const left = deadlineMs - world.now();
  return reconcile({ ...asked, stopAtMs: deadlineMs - Math.min(STOP_BEFORE_END_MS, left / 2) }, world);
}

const built = builtOnce(live);

export const handler = scheduledHandler('reconcilePayments', async (event, deadlineMs) => {
  const run = await handleReconcile(event, deadlineMs, built().world);
  const { finished, behindMs, failed, report } = run;
  const level = failed === undefined ? 'INFO' : 'ERROR';
  const line = { level, event: 'reconciliation_run', finished, behindMs, failed, report };
  writeLine(line, reconciliationMeasures(run));
  return run;
});

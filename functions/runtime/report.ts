import { describeError } from '../iamport/outcome.ts';
import type { RefundEvent } from '../protocol/events.ts';
import { ReconciliationWindowError } from '../protocol/reconciliation-notes.ts';
import { ConfigurationError } from './config.ts';
import { currentDoor, type Door } from './invocation.ts';
import { reportRefundEvent, writeLine } from './observability.ts';

/** What the workflows tell. A defect that they have met counts for the function that is at work, as one that ends it does. */
export function reportEvent(event: RefundEvent): void {
  if (event.event !== 'failed') {
    reportRefundEvent(event);
    return;
  }
  const { error, event: _failed, ...about } = event;
  reportUnexpected(currentDoor(), error, about);
}

/** Lines of a stack that lead to the place. */
const STACK_LINES = 5;

/**
 * An error that nobody expected: one line with its cause by name and place, and the metric that the alarms watch. Outside of an
 * invocation there is no door, and no alarm.
 */
export function reportUnexpected(
  door: Door | undefined,
  error: unknown,
  about: Readonly<Record<string, unknown>> = {},
): void {
  const stack =
    error instanceof Error ? error.stack?.split('\n').filter(isPlace).slice(0, STACK_LINES) : undefined;
  // The text of these two names a variable or a field and its rule; other texts could quote a request.
  const isOurs = error instanceof ConfigurationError || error instanceof ReconciliationWindowError;
  const rule = isOurs ? { rule: error.message } : {};
  writeLine(
    { level: 'ERROR', event: 'failed', cause: describeError(error), ...rule, stack, ...about },
    door === undefined ? [] : [{ name: 'UnexpectedErrors', value: 1, door }],
  );
}

/** Not the first lines: a message can have several, and quotes what it was given. */
function isPlace(line: string): boolean {
  return /^\s+at /.test(line);
}

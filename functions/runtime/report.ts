import { describeError } from '../iamport/outcome.ts';
import type { RefundEvent } from '../protocol/events.ts';
import { ReconciliationWindowError } from '../protocol/reconciliation-notes.ts';
import { StoreError } from '../protocol/write.ts';
import { ConfigurationError } from './config.ts';
import { currentDoor, type Door } from './invocation.ts';
import { LOGGED, measuresOf } from './measures.ts';
import { writeLine } from './observability.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The log events of the workflows: one line per decision and one per outcome, with the metrics that follow from it. A defect
 * counts for the running function, like one that ends it.
 */
export function reportEvent(event: RefundEvent): void {
  if (event.event !== 'failed') {
    const [level] = LOGGED[event.event];
    writeLine({ level, ...event }, measuresOf(event));
    return;
  }
  const { error, event: _failed, ...about } = event;
  reportUnexpected(currentDoor(), error, about);
}

/**
 * An error that ends an invocation. True for an unreachable table: that is no defect of ours, and the protocol throws it only when
 * nothing was sent and nothing will be.
 */
export function reportFailure(door: Door, error: unknown, about: Fields): error is StoreError {
  if (error instanceof StoreError) {
    reportEvent({ event: 'store_failed', during: door, cause: error.message, merchantUid: '' });
    return true;
  }
  reportUnexpected(door, error, about);
  return false;
}

/** The stack trace's lines that show the place. */
const STACK_LINES = 5;

/**
 * An unexpected error: one line with its cause by name and place, and the metric of the alarms. Outside of an invocation there is
 * no door and no alarm.
 */
export function reportUnexpected(door: Door | undefined, error: unknown, about: Fields = {}): void {
  const stack =
    error instanceof Error ? error.stack?.split('\n').filter(isPlace).slice(0, STACK_LINES) : undefined;
  // The texts of these two contain a variable or field and its rule; other texts could quote a request.
  const isOurs = error instanceof ConfigurationError || error instanceof ReconciliationWindowError;
  const rule = isOurs ? { rule: error.message } : {};
  writeLine(
    { level: 'ERROR', event: 'failed', cause: describeError(error), ...rule, stack, ...about },
    door === undefined ? [] : [{ name: 'UnexpectedErrors', value: 1, door }],
  );
}

/** The first lines are left out: a message may have several, and quotes its input. */
function isPlace(line: string): boolean {
  return /^\s+at /.test(line);
}

import type { RefundEvent } from '../protocol/events.ts';
import { currentDoor } from './invocation.ts';
import { reportRefundEvent } from './observability.ts';
import { reportUnexpected } from './unexpected.ts';

/** What the workflows tell. A defect that they have met counts for the function that is at work, as one that ends it does. */
export function reportEvent(event: RefundEvent): void {
  if (event.event !== 'failed') {
    reportRefundEvent(event);
    return;
  }
  const { error, event: _failed, ...about } = event;
  reportUnexpected(currentDoor(), error, about);
}

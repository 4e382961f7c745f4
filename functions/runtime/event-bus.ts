import { PutEventsCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';

/** An event, and when its change was written. */
export interface Outgoing {
  readonly event: { readonly type: string; readonly detail: object };
  readonly atMs: number;
}

/** Resolves to the events that the bus did not accept before the deadline, each with its reason. */
export type PutEvents = (
  events: readonly Outgoing[],
  deadlineMs: number,
) => Promise<ReadonlyMap<Outgoing, string>>;

interface BusOptions {
  /** One try per call: the retries are below. */
  readonly client: Pick<EventBridgeClient, 'send'>;
  readonly bus: string;
  readonly source: string;
  readonly resources: readonly string[];
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * Entries of one call: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html. Its 256 KB for all are never
 * reached: every text in an event has a length limit, and an event a few KB.
 */
const MOST_ENTRIES = 10;
/** A throttle passes within seconds; an outage does not, and then the event waits in the queue. */
const TRIES = 5;
const FIRST_PAUSE_MS = 200;

/** Puts events on a bus. A refused event does not block the others. */
export function eventBus(options: BusOptions): PutEvents {
  return async (events, deadlineMs) => {
    let refused = new Map(events.map((event) => [event, 'no time left']));
    for (let tried = 0; tried < TRIES && refused.size > 0 && options.now() < deadlineMs; tried += 1) {
      if (tried > 0) await options.pause(FIRST_PAUSE_MS * 2 ** (tried - 1));
      const left = [...refused.keys()];
      refused = new Map();
      for (let from = 0; from < left.length; from += MOST_ENTRIES) {
        const call = left.slice(from, from + MOST_ENTRIES);
        for (const [sent, why] of await put(call, options)) refused.set(sent, why);
      }
    }
    return refused;
  };
}

function entryOf({ event, atMs }: Outgoing, { bus, source, resources }: BusOptions) {
  return {
    EventBusName: bus,
    Source: source,
    Resources: [...resources],
    DetailType: event.type,
    Detail: JSON.stringify(event.detail),
    Time: new Date(atMs),
  };
}

/** The entries of one call that the bus did not accept: some, or all when the call itself failed. */
async function put(
  events: readonly Outgoing[],
  options: BusOptions,
): Promise<readonly (readonly [Outgoing, string])[]> {
  try {
    const Entries = events.map((event) => entryOf(event, options));
    const { Entries: results = [] } = await options.client.send(new PutEventsCommand({ Entries }));
    return events.flatMap((event, index) => {
      // An entry without a result may not have been accepted.
      const { EventId, ErrorCode = 'no answer' } = results[index] ?? {};
      return EventId === undefined ? [[event, ErrorCode] as const] : [];
    });
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown';
    return events.map((event) => [event, why] as const);
  }
}

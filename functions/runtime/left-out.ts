/**
 * In the bundles this stands for parts of the SDK that nothing of ours can reach: a table is not looked for at other
 * addresses, and neither of the two services answers with a stream of events.
 */

/** Asked only where endpoint discovery is switched on. */
export class EndpointCache {
  getEndpoint(): undefined {
    return undefined;
  }
}

/** Loaded only for operations that stream. */
export function EventStreamSerde(): never {
  throw new Error('Bug: an operation with a stream of events');
}

export const eventStreamSerdeProvider = EventStreamSerde;

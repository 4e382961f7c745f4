/**
 * In the bundles this stands for what the SDK loads for operations that stream. Neither of the two services has one. By
 * itself, since it is loaded late: what else stood here would be so, too.
 */
export function EventStreamSerde(): never {
  throw new Error('Bug: an operation with a stream of events');
}

export const eventStreamSerdeProvider = EventStreamSerde;

import { EVENT_TYPES, type EventType } from '../../functions/http/refund-events.ts';
import { EXAMPLES } from './examples.ts';
import { parameter, type Json } from './schemas.ts';

const cancelled = { status: { const: 'cancelled' } };

/** What the detail of an event has beside what every detail has. */
const DETAILS: Readonly<Record<EventType, Json>> = {
  'Refund Cancelled': { properties: cancelled },
  'Refund Rejected': { properties: { status: { const: 'rejected' } } },
  'Refund Not Executed': { properties: { status: { const: 'not_executed' } } },
  'Refund Corrected': {
    properties: cancelled,
    anyOf: ['corrected', 'undone', 'attributed_to'].map((field) => ({ required: [field] })),
  },
  'Refund In Drift': { properties: { status: { const: 'unknown' } }, required: ['drift'] },
  'Payment Cancelled Elsewhere': { properties: cancelled, required: ['made_by'] },
};

const PARAMETERS = (
  [
    ['webhook-id', 'The `event_id`: the same when an event is sent again.'],
    ['webhook-timestamp', 'Unix seconds at which this was sent; refuse what is older than five minutes.'],
    ['webhook-signature', 'Standard Webhooks, version 1: `v1,…`; several with blanks between them.'],
  ] as const
).map(([name, description]) => parameter('header', name, description, { type: 'string' }, true));

const RESPONSES: Json = {
  '2XX': { description: 'Accepted, within 15 seconds.' },
  '410': {
    description: 'The receiver wants no more events: the event is not sent again, and an alarm rings.',
  },
  default: {
    description:
      'Not accepted: the event is sent again for 24 hours, with growing pauses. Redirects are not followed.',
  },
};

/** The same on the bus (`detail-type`, `time`, `detail`) and in what is posted to `eventsUrl`. */
export const WEBHOOKS: Json = Object.fromEntries(
  (Object.keys(EVENT_TYPES) as EventType[]).map((type) => [type, { post: eventRoute(type) }]),
);

function eventRoute(type: EventType): Json {
  const detail = {
    allOf: [{ $ref: '#/components/schemas/EventDetail' }, DETAILS[type]],
  };
  const schema = {
    type: 'object',
    properties: { type: { const: type }, time: { type: 'string', format: 'date-time' }, detail },
    required: ['type', 'time', 'detail'],
  };
  const example = type === EXAMPLES.event.type ? { example: EXAMPLES.event } : {};
  return {
    summary: type,
    description: EVENT_TYPES[type],
    parameters: PARAMETERS,
    requestBody: { required: true, content: { 'application/json': { schema, ...example } } },
    responses: RESPONSES,
  };
}

import { EXAMPLES } from './examples.ts';
import type { Json } from './schemas.ts';

function content(type: string, schema: string, example?: unknown): Json {
  const described = { schema: { $ref: `#/components/schemas/${schema}` } };
  return { content: { [type]: example === undefined ? described : { ...described, example } } };
}

function header(description: string, type: 'string' | 'integer'): Json {
  return { description, schema: { type } };
}

const RETRY_AFTER = { 'Retry-After': header('Seconds to wait before asking again.', 'integer') };
const REPLAYED = {
  'Idempotency-Replayed': header(
    '`true`: this key has asked before, and this is what became of it.',
    'string',
  ),
};
const LOCATION = { Location: header('Where the outcome will be.', 'string') };

/** A document of the service's own, with its code. */
export function problem(description: string, headers: Json = {}): Json {
  const shown = Object.keys(headers).length === 0 ? {} : { headers };
  return { description, ...shown, ...content('application/problem+json', 'Problem') };
}

/** From API Gateway, before the service is asked. */
const GATEWAY = {
  401: { description: 'No valid token.', ...content('application/json', 'GatewayError') },
  429: { description: 'Too many requests.', ...content('application/json', 'GatewayError') },
};

export const CANCEL_RESPONSES: Json = {
  200: {
    description: 'Cancelled and saved.',
    headers: REPLAYED,
    ...content('application/json', 'CancelAnswer', EXAMPLES.cancelled),
  },
  202: {
    description: 'The outcome is not known yet; it will be resolved without being asked again.',
    headers: { ...LOCATION, ...RETRY_AFTER, ...REPLAYED },
    ...content('application/json', 'CancelAnswer', EXAMPLES.unknown),
  },
  400: {
    description:
      '`INVALID_REQUEST` (with every fault in `errors`), `ALREADY_FULLY_REFUNDED`, `AMOUNT_EXCEEDS_CANCELABLE` (with `cancelable_amount`), ' +
      '`REFUND_ACCOUNT_REQUIRED` or `INVALID_REFUND_BANK`.',
    ...content('application/problem+json', 'Problem', EXAMPLES.problem),
  },
  ...GATEWAY,
  403: problem('`FORBIDDEN`: a token that names nobody.'),
  404: problem('`PAYMENT_NOT_FOUND`: unknown, or not the caller’s.'),
  409: problem(
    '`REFUND_IN_PROGRESS`, `CHECKSUM_MISMATCH` (with `cancelable_amount`), `PAYMENT_NOT_PAID` or `REFUND_LIMIT_REACHED`. Nothing was cancelled.',
    RETRY_AFTER,
  ),
  422: problem(
    '`CANCEL_REJECTED` (with what the `provider` said), `IDEMPOTENCY_KEY_REUSED` or `REFUND_NOT_ALLOWED` (with the `rule`). Nothing was cancelled.',
    REPLAYED,
  ),
  500: problem('`INTERNAL_ERROR`: nothing was sent.'),
  503: problem('`PROVIDER_UNAVAILABLE`: nothing was sent, the reservation is undone.', RETRY_AFTER),
};

export const READ_RESPONSES: Json = {
  200: { description: 'The payment.', ...content('application/json', 'PaymentAnswer', EXAMPLES.payment) },
  ...GATEWAY,
  403: problem('`FORBIDDEN`: a token that names nobody.'),
  404: problem('`PAYMENT_NOT_FOUND`: unknown, or not the caller’s.'),
  500: problem('`INTERNAL_ERROR`.'),
};

export const WEBHOOK_RESPONSES: Json = {
  200: { description: 'Heard.', ...content('application/json', 'WebhookAnswer') },
  400: problem('`INVALID_REQUEST`.'),
  403: problem('`FORBIDDEN`: not from an address of the provider.'),
  429: GATEWAY[429],
  500: problem('`INTERNAL_ERROR`.'),
  503: problem('`PROVIDER_UNAVAILABLE`: i’mport could not be asked; send again.', RETRY_AFTER),
};

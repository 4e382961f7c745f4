import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import { CancelAnswer, PaymentAnswer, Problem, WebhookAnswer } from '../../functions/http/answer-schemas.ts';
import { CancelBody, WebhookBody } from '../../functions/http/schemas.ts';

type Json = Readonly<Record<string, unknown>>;

function ref(name: string) {
  return { schema: { $ref: `#/components/schemas/${name}` } };
}

/** The description of one route's answers: status → what it means. */
function answers(
  schema: string,
  good: Readonly<Record<string, string>>,
  problems: Readonly<Record<string, string>>,
): Json {
  const described = Object.entries(good).map(([status, description]) => {
    const headers = status === '202' ? { headers: UNKNOWN_HEADERS } : {};
    return [status, { description, ...headers, content: { 'application/json': ref(schema) } }] as const;
  });
  const refused = Object.entries(problems).map(
    ([status, description]) =>
      [status, { description, content: { 'application/problem+json': ref('Problem') } }] as const,
  );
  return Object.fromEntries<unknown>([...described, ...refused]);
}

const UNKNOWN_HEADERS = {
  Location: { description: 'Where the outcome will be.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait before asking.', schema: { type: 'integer' } },
};

function schemaOf(schema: GenericSchema): Json {
  // What JSON Schema cannot say (fields that depend on each other) is said in the description of the route.
  const { $schema: _dialect, ...body } = toJsonSchema(schema, {
    errorMode: 'ignore',
    target: 'draft-2020-12',
  });
  return body;
}

const CANCEL_PROBLEMS = {
  400: 'INVALID_REQUEST, ALREADY_FULLY_REFUNDED, AMOUNT_EXCEEDS_CANCELABLE, REFUND_ACCOUNT_REQUIRED or INVALID_REFUND_BANK',
  401: 'No valid token (from the gateway: only `message`)',
  403: 'A token without the right',
  404: 'PAYMENT_NOT_FOUND: unknown, or not the caller’s',
  409: 'REFUND_IN_PROGRESS, CHECKSUM_MISMATCH, PAYMENT_NOT_PAID or REFUND_LIMIT_REACHED',
  422: 'CANCEL_REJECTED, IDEMPOTENCY_KEY_REUSED or REFUND_NOT_ALLOWED',
  429: 'Too many requests (from the gateway: only `message`)',
  500: 'INTERNAL_ERROR: nothing was sent',
  503: 'PROVIDER_UNAVAILABLE: nothing was sent, the reservation is undone',
};

function cancelRoute(): Json {
  return {
    operationId: 'cancelPayment',
    summary: 'Cancel a payment, in full or in part, exactly once',
    description:
      'One of `merchant_uid` and `imp_uid` is required. Without `cancel_request_amount` everything that is left is cancelled. ' +
      'Repeat a request with the same `Idempotency-Key` and body as often as needed: it is one refund.',
    security: [{ bearer: [] }],
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        required: false,
        description:
          'Names the intent; 1 to 255 printable ASCII characters, quoted or bare. Remembered as long as the payment.',
        schema: { type: 'string', minLength: 1, maxLength: 255 },
      },
    ],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/CancelRequest' } } },
    },
    responses: answers(
      'CancelAnswer',
      {
        200: 'Cancelled and saved',
        202: 'The outcome is not known yet; it will be resolved without being asked again',
      },
      CANCEL_PROBLEMS,
    ),
  };
}

function readRoute(): Json {
  return {
    operationId: 'getPayment',
    summary: 'A payment with its refunds; a refund in doubt that is due is resolved first',
    security: [{ bearer: [] }],
    parameters: [
      {
        name: 'merchant_uid',
        in: 'path',
        required: true,
        schema: { type: 'string', minLength: 1, maxLength: 40 },
      },
    ],
    responses: answers(
      'PaymentAnswer',
      { 200: 'The payment' },
      { 404: CANCEL_PROBLEMS[404], 500: 'INTERNAL_ERROR' },
    ),
  };
}

function webhookRoute(): Json {
  const schema = { $ref: '#/components/schemas/Webhook' };
  return {
    operationId: 'receiveWebhook',
    summary: "i'mport's webhook: a hint; the payment is fetched from i'mport and only that is believed",
    requestBody: {
      required: true,
      content: { 'application/json': { schema }, 'application/x-www-form-urlencoded': { schema } },
    },
    responses: answers(
      'WebhookAnswer',
      { 200: 'Heard' },
      {
        400: 'INVALID_REQUEST',
        403: 'Not from an address of the provider',
        503: "i'mport could not be asked; send again",
      },
    ),
  };
}

/** OpenAPI 3.1, made from the schemas that validate requests. `version` is the package's. */
export function openApiDocument(version: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'iamport-refunds',
      version,
      summary: "Refunds i'mport (PortOne V1) payments, in full or in part, exactly once.",
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths: {
      '/payments/cancel': { post: cancelRoute() },
      '/payments/{merchant_uid}': { get: readRoute() },
      '/webhooks/iamport': { post: webhookRoute() },
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: {
        CancelRequest: schemaOf(CancelBody),
        CancelAnswer: schemaOf(CancelAnswer),
        PaymentAnswer: schemaOf(PaymentAnswer),
        Webhook: schemaOf(WebhookBody),
        WebhookAnswer: schemaOf(WebhookAnswer),
        Problem: schemaOf(Problem),
      },
    },
  };
}

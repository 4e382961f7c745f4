import { EXAMPLES } from './examples.ts';
import { CANCEL_RESPONSES, READ_RESPONSES, WEBHOOK_RESPONSES } from './responses.ts';
import { componentSchemas, type Json } from './schemas.ts';

function cancelRoute(): Json {
  const schema = { $ref: '#/components/schemas/CancelRequest' };
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
    requestBody: { required: true, content: { 'application/json': { schema, example: EXAMPLES.request } } },
    responses: CANCEL_RESPONSES,
  };
}

function readRoute(): Json {
  return {
    operationId: 'getPayment',
    summary: 'A payment with its refunds',
    description: 'A refund in doubt that is due is resolved first.',
    security: [{ bearer: [] }],
    parameters: [
      {
        name: 'merchant_uid',
        in: 'path',
        required: true,
        description: 'Order number of the shop.',
        schema: { type: 'string', minLength: 1, maxLength: 40 },
      },
    ],
    responses: READ_RESPONSES,
  };
}

function webhookRoute(): Json {
  const schema = { $ref: '#/components/schemas/Webhook' };
  return {
    operationId: 'receiveWebhook',
    summary: 'i’mport’s webhook',
    description: 'A hint, not a fact: the payment is fetched from i’mport, and only that is believed.',
    requestBody: {
      required: true,
      content: {
        'application/json': { schema, example: EXAMPLES.webhook },
        'application/x-www-form-urlencoded': { schema },
      },
    },
    responses: WEBHOOK_RESPONSES,
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
      schemas: componentSchemas(),
    },
  };
}

import { EXAMPLES } from './examples.ts';
import * as responses from './responses.ts';
import { componentSchemas, listParameters, parameter, type Json } from './schemas.ts';
import { WEBHOOKS } from './webhooks.ts';

const BEARER = [{ bearer: [] }];

const path = (name: string, description: string, maxLength: number) =>
  parameter('path', name, description, { type: 'string', minLength: 1, maxLength }, true);
const query = (name: string, description: string, required = false) =>
  parameter('query', name, description, { type: 'string', minLength: 1, maxLength: 32 }, required);

const LANGUAGE = parameter(
  'header',
  'Accept-Language',
  'Language of `detail`, `message` and the messages in `errors`: Korean when it prefers `ko`, else English.',
  { type: 'string' },
);
const KEY = parameter(
  'header',
  'Idempotency-Key',
  'Names the intent; 1 to 255 printable ASCII characters, quoted or bare, sent once. The caller’s own: the same key of ' +
    'somebody else is another key. Remembered as long as the ledger lives. Without a key, a second equal request within ' +
    '60 s is refused (`POSSIBLE_DUPLICATE`).',
  { type: 'string', minLength: 1, maxLength: 255 },
);
const ORDER = path('merchant_uid', 'Order number of the shop.', 255);
const PAYMENT = 'i’mport’s number of the payment.';
const REFUND_ID = path('refund_id', 'The refund.', 64);
const ASKED_AT = parameter(
  'query',
  'asked_at',
  'When the refund was asked for, in Unix seconds, as the `Location` of a 202 has it.',
  { type: 'string', pattern: '^[0-9]{1,11}$' },
);
const BEFORE = query('before', 'A `refund_id`: the refunds before that one (see `refunds_before`).');

function body(schema: string, example: unknown): Json {
  const described = { schema: { $ref: `#/components/schemas/${schema}` }, example };
  return { required: true, content: { 'application/json': described } };
}

const WEBHOOK = { $ref: '#/components/schemas/Webhook' };

const PATHS = {
  '/payments/cancel': {
    post: {
      operationId: 'cancelPayment',
      summary: 'Cancel a payment, in full or in part, exactly once',
      description:
        'One of `merchant_uid` and `imp_uid` is required. Without `cancel_request_amount` everything that is left is cancelled. ' +
        'Repeat a request with the same `Idempotency-Key` and body as often as needed: it is one refund.',
      security: BEARER,
      parameters: [KEY, LANGUAGE],
      requestBody: body('CancelRequest', EXAMPLES.request),
      responses: responses.CANCEL,
    },
  },
  '/payments/{merchant_uid}': {
    get: {
      operationId: 'getPayment',
      summary: 'A payment with its refunds',
      description:
        'A refund in doubt that is due is resolved first. `imp_uid` names one of several payments of the order.',
      security: BEARER,
      parameters: [ORDER, query('imp_uid', PAYMENT), BEFORE, LANGUAGE],
      responses: responses.READ,
    },
  },
  '/payments': {
    get: {
      operationId: 'getPaymentByImpUid',
      summary: 'The same by `imp_uid` alone',
      description: 'For order numbers that a path cannot carry (`/`, `?`, `%`).',
      security: BEARER,
      parameters: [query('imp_uid', PAYMENT, true), BEFORE, LANGUAGE],
      responses: responses.READ,
    },
  },
  '/payments/{merchant_uid}/refunds/{refund_id}': {
    get: {
      operationId: 'getRefund',
      summary: 'One refund',
      description:
        'A refund in doubt that is due is resolved first. An id that never came to be reserved is `unknown` while its request ' +
        'could still arrive (by `asked_at`), and `REFUND_NOT_FOUND` from then on. `imp_uid` wins over the order in the path, which ' +
        'cannot carry every number: `-` stands there then.',
      security: BEARER,
      parameters: [ORDER, REFUND_ID, query('imp_uid', PAYMENT), ASKED_AT, LANGUAGE],
      responses: responses.READ_REFUND,
    },
  },
  '/payments/{merchant_uid}/refunds/{refund_id}/close': {
    post: {
      operationId: 'closeRefund',
      summary: 'Close a refund that no program can decide (staff)',
      description:
        'The first member of staff proposes; a second one, who must be another person, approves with the same verdict and entries, ' +
        'and evidence of their own. Never against what i’mport shows at that moment, and never while the service can still settle ' +
        'the refund by itself. `imp_uid` wins over the order in the path, which cannot carry every number: `-` stands there then.',
      security: BEARER,
      parameters: [ORDER, REFUND_ID, query('imp_uid', PAYMENT), LANGUAGE],
      requestBody: body('CloseRequest', EXAMPLES.closing),
      responses: responses.CLOSE,
    },
  },
  '/refunds': {
    get: {
      operationId: 'listRefunds',
      summary: 'Refunds and cancels made by others, newest first (staff)',
      description:
        'Refunds that match every given parameter. A page reads at most 1,000 refunds, so it may be empty and still have a `next`. ' +
        'New refunds do not disturb a list that has begun: a refund that was there at the first page and has not changed is listed ' +
        'exactly once. A refund that was never sent is in no list unless its `refund_id` is given.',
      security: BEARER,
      parameters: [...listParameters(), LANGUAGE],
      responses: responses.LIST,
    },
  },
  '/reconciliation': {
    get: {
      operationId: 'getReconciliation',
      summary: 'What the last comparisons with i’mport have found (staff)',
      security: BEARER,
      parameters: [LANGUAGE],
      responses: responses.REPORTS,
    },
  },
  '/reconciliation/findings/{id}/acknowledge': {
    post: {
      operationId: 'acknowledgeFinding',
      summary: 'End the alarm of a finding that people have judged (staff)',
      description: 'It stays in the reports as acknowledged, and rings again when it changes.',
      security: BEARER,
      parameters: [path('id', 'The finding, as a report names it.', 64), LANGUAGE],
      requestBody: body('AcknowledgeRequest', EXAMPLES.acknowledging),
      responses: responses.ACKNOWLEDGE,
    },
  },
  '/webhooks/iamport': {
    post: {
      operationId: 'receiveWebhook',
      summary: 'i’mport’s webhook',
      description:
        'A hint, not a fact: the payment is fetched from i’mport, and only that is believed. Only `imp_uid` is read. Accepted only from ' +
        'i’mport’s own addresses.',
      parameters: [LANGUAGE],
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: WEBHOOK, example: EXAMPLES.webhook },
          'application/x-www-form-urlencoded': { schema: WEBHOOK },
        },
      },
      responses: responses.WEBHOOK,
    },
  },
} as const;

/** OpenAPI 3.1, generated from the schemas that validate requests. `version` is the package's. */
export function openApiDocument(version: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'iamport-refunds',
      version,
      summary: "Refunds i'mport (PortOne V1) payments, in full or in part, exactly once.",
      description:
        'Every error is a problem document (RFC 9457) with a stable `code`; its texts are Korean or English by `Accept-Language`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths: PATHS,
    webhooks: WEBHOOKS,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: componentSchemas(),
    },
  };
}

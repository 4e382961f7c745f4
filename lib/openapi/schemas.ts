import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import {
  CancelAnswer,
  HistoryEntry,
  PaymentAnswer,
  PaymentSummary,
  Problem,
  Provider,
  Refund,
  WebhookAnswer,
} from '../../functions/http/answer-schemas.ts';
import { CancelBody, CloseBody, WebhookBody } from '../../functions/http/schemas.ts';

export type Json = Readonly<Record<string, unknown>>;

/** What stands in several places, by its name. */
const PARTS = { Refund, HistoryEntry, PaymentSummary, Provider } as const;

function schemaOf(schema: GenericSchema): Json {
  const {
    $schema: _dialect,
    $defs: _parts,
    ...body
  } = toJsonSchema(schema, {
    errorMode: 'ignore',
    typeMode: 'input',
    target: 'draft-2020-12',
    definitions: PARTS,
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  });
  return body;
}

/** A part's own schema: one that refers to itself by name would say nothing. */
function partOf(name: keyof typeof PARTS): Json {
  const { $defs = {} } = toJsonSchema(PARTS[name], {
    errorMode: 'ignore',
    typeMode: 'input',
    target: 'draft-2020-12',
    definitions: PARTS,
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  });
  return $defs[name] as Json;
}

/** API Gateway's own errors: no problem document, only a message. */
const GatewayError: Json = {
  type: 'object',
  properties: { message: { type: 'string' } },
  required: ['message'],
};

/** Fields that depend on each other, which a schema of fields cannot say. */
const CANCEL_TOGETHER: Json = {
  anyOf: [{ required: ['merchant_uid'] }, { required: ['imp_uid'] }],
  dependentRequired: { tax_free: ['cancel_request_amount'], vat_amount: ['cancel_request_amount'] },
};
const CLOSE_TOGETHER: Json = {
  oneOf: [
    { properties: { verdict: { const: 'executed' } }, required: ['cancellation_id'] },
    { properties: { verdict: { const: 'not_executed' } }, not: { required: ['cancellation_id'] } },
  ],
};

export function componentSchemas(): Json {
  return {
    CancelRequest: { ...schemaOf(CancelBody), ...CANCEL_TOGETHER },
    CloseRequest: { ...schemaOf(CloseBody), ...CLOSE_TOGETHER },
    CancelAnswer: schemaOf(CancelAnswer),
    PaymentAnswer: schemaOf(PaymentAnswer),
    Refund: partOf('Refund'),
    HistoryEntry: partOf('HistoryEntry'),
    PaymentSummary: partOf('PaymentSummary'),
    Provider: partOf('Provider'),
    Problem: schemaOf(Problem),
    GatewayError,
    Webhook: schemaOf(WebhookBody),
    WebhookAnswer: schemaOf(WebhookAnswer),
  };
}

import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import {
  CancelAnswer,
  HistoryEntry,
  PaymentAnswer,
  Problem,
  Provider,
  Refund,
  WebhookAnswer,
} from '../../functions/http/answer-schemas.ts';
import { CancelBody, WebhookBody } from '../../functions/http/schemas.ts';

export type Json = Readonly<Record<string, unknown>>;

/** What stands in several places, by its name. */
const PARTS = { Refund, HistoryEntry, Provider } as const;

function schemaOf(schema: GenericSchema): Json {
  // What JSON Schema cannot say (fields that depend on each other) is said in the description of the route.
  const {
    $schema: _dialect,
    $defs: _parts,
    ...body
  } = toJsonSchema(schema, {
    errorMode: 'ignore',
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

export function componentSchemas(): Json {
  return {
    CancelRequest: schemaOf(CancelBody),
    CancelAnswer: schemaOf(CancelAnswer),
    PaymentAnswer: schemaOf(PaymentAnswer),
    Refund: partOf('Refund'),
    HistoryEntry: partOf('HistoryEntry'),
    Provider: partOf('Provider'),
    Problem: schemaOf(Problem),
    GatewayError,
    Webhook: schemaOf(WebhookBody),
    WebhookAnswer: schemaOf(WebhookAnswer),
  };
}

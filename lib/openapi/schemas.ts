import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import * as Answers from '../../functions/http/answer-schemas.ts';
import { ListQuery } from '../../functions/http/list-query.ts';
import { ListAnswer, ListedRefund } from '../../functions/http/listed.ts';
import { EventDetail } from '../../functions/http/refund-events.ts';
import { AcknowledgeAnswer, FoundDifference, Report, ReportsAnswer } from '../../functions/http/reports.ts';
import * as Bodies from '../../functions/http/schemas.ts';

export type Json = Readonly<Record<string, unknown>>;

export const REFERENCE = '#/components/schemas/';

/** What stands in several places, by its name. */
const PARTS = {
  Refund: Answers.Refund,
  UnreservedRefund: Answers.UnreservedRefund,
  Proposal: Answers.Proposal,
  Closing: Answers.Closing,
  EntryById: Bodies.EntryById,
  EntryByTime: Bodies.EntryByTime,
  HistoryEntry: Answers.HistoryEntry,
  PaymentSummary: Answers.PaymentSummary,
  Provider: Answers.Provider,
  ListedRefund,
  Report,
  FoundDifference,
} as const;

function jsonSchemaOf(schema: GenericSchema) {
  return toJsonSchema(schema, {
    errorMode: 'ignore',
    typeMode: 'input',
    target: 'draft-2020-12',
    definitions: PARTS,
    overrideRef: ({ referenceId }) => REFERENCE + referenceId,
  });
}

function schemaOf(schema: GenericSchema): Json {
  const { $schema: _dialect, $defs: _parts, ...body } = jsonSchemaOf(schema);
  return body;
}

/** A part's own schema: one that refers to itself by name would say nothing. */
function partOf([name, schema]: readonly [string, GenericSchema]): readonly [string, unknown] {
  return [name, jsonSchemaOf(schema).$defs?.[name]];
}

export function parameter(
  ...[place, name, description, schema, required = false]: [
    place: 'path' | 'query' | 'header',
    name: string,
    description: unknown,
    schema: Json,
    required?: boolean,
  ]
): Json {
  return { name, in: place, required, description, schema };
}

/** Parameters of the query of `GET /refunds`, from the schema that checks them. */
export function listParameters(): readonly Json[] {
  const { properties = {} } = schemaOf(ListQuery) as { readonly properties?: Readonly<Record<string, Json>> };
  return Object.entries(properties).map(([name, { description, ...schema }]) =>
    parameter('query', name, description, schema),
  );
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
const executed = { verdict: { const: 'executed' } };
const CLOSE_TOGETHER: Json = {
  oneOf: [
    { properties: executed, required: ['cancellation_id'], ...without('entries', 'listed', 'amount') },
    { properties: executed, required: ['entries'], ...without('cancellation_id', 'listed', 'amount') },
    { properties: executed, required: ['listed', 'amount'], ...without('cancellation_id', 'entries') },
    {
      properties: { verdict: { enum: ['not_executed', 'undone'] } },
      ...without('cancellation_id', 'entries', 'listed', 'amount'),
    },
  ],
};

function without(...fields: readonly string[]): Json {
  return { not: { anyOf: fields.map((field) => ({ required: [field] })) } };
}

export function componentSchemas(): Json {
  return {
    CancelRequest: { ...schemaOf(Bodies.CancelBody), ...CANCEL_TOGETHER },
    CloseRequest: { ...schemaOf(Bodies.CloseBody), ...CLOSE_TOGETHER },
    AcknowledgeRequest: schemaOf(Bodies.AcknowledgeBody),
    CancelAnswer: schemaOf(Answers.CancelAnswer),
    RefundAnswer: schemaOf(Answers.RefundAnswer),
    PaymentAnswer: schemaOf(Answers.PaymentAnswer),
    ListAnswer: schemaOf(ListAnswer),
    ReportsAnswer: schemaOf(ReportsAnswer),
    AcknowledgeAnswer: schemaOf(AcknowledgeAnswer),
    ...Object.fromEntries(Object.entries(PARTS).map(partOf)),
    Problem: schemaOf(Answers.Problem),
    GatewayError,
    EventDetail: schemaOf(EventDetail),
    Webhook: schemaOf(Bodies.WebhookBody),
    WebhookAnswer: schemaOf(Answers.WebhookAnswer),
  };
}

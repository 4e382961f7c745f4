import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { CancelAnswer, PaymentAnswer, Problem } from '../../../functions/http/answer-schemas.ts';
import { ListQuery } from '../../../functions/http/list-query.ts';
import { EVENT_TYPES, EventDetail, type EventType } from '../../../functions/http/refund-events.ts';
import { ListAnswer } from '../../../functions/http/listed.ts';
import { AcknowledgeAnswer, ReportsAnswer } from '../../../functions/http/reports.ts';
import { AcknowledgeBody, CancelBody, CloseBody, WebhookBody } from '../../../functions/http/schemas.ts';
import { openApiDocument } from '../../../lib/openapi/document.ts';
import { EXAMPLES } from '../../../lib/openapi/examples.ts';

const Package = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string() }));

async function text(path: string): Promise<string> {
  return readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');
}

describe('the API description', () => {
  it("the description in the repository is generated from today's schemas (npm run openapi)", async () => {
    const { version } = v.parse(Package, await text('package.json'));
    expect(JSON.parse(await text('lib/openapi/openapi.json'))).toEqual(openApiDocument(version));
  });

  it('the description refuses unknown fields, as the service does', () => {
    expect(openApiDocument('1')).toMatchObject({
      components: {
        schemas: {
          CancelRequest: {
            additionalProperties: false,
            properties: {
              cancel_request_amount: { type: 'number', exclusiveMinimum: 0 },
              merchant_uid: { maxLength: 255 },
            },
          },
        },
      },
    });
  });

  it('the description refers only to schemas that it contains', () => {
    const described = JSON.stringify(openApiDocument('1'));
    const named = [...described.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name);
    const held = Object.keys(
      v.parse(
        v.object({ components: v.object({ schemas: v.record(v.string(), v.unknown()) }) }),
        openApiDocument('1'),
      ).components.schemas,
    );
    expect(held).toEqual(expect.arrayContaining([...new Set(named)]));
  });

  it('the description is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone(openApiDocument('1')));
    expect(result).toMatchObject({ valid: true });
  });

  it.each([
    ['request', CancelBody],
    ['cancelled', CancelAnswer],
    ['unknown', CancelAnswer],
    ['payment', PaymentAnswer],
    ['closing', CloseBody],
    ['proposed', CancelAnswer],
    ['closed', CancelAnswer],
    ['list', ListAnswer],
    ['reports', ReportsAnswer],
    ['acknowledging', AcknowledgeBody],
    ['acknowledged', AcknowledgeAnswer],
    ['problem', Problem],
    ['throttled', Problem],
    ['notAllowed', Problem],
  ] as const)('the description has a valid example of %s without undescribed fields', (name, schema) => {
    expect(v.parse(v.strictObject(schema.entries), EXAMPLES[name])).toEqual(EXAMPLES[name]);
    expect(v.is(schema, EXAMPLES[name])).toBe(true);
  });

  it('the description has a valid example of a webhook', () => {
    expect(v.parse(WebhookBody, EXAMPLES.webhook)).toEqual({ imp_uid: EXAMPLES.webhook.imp_uid });
  });

  it.each(Object.keys(EVENT_TYPES) as EventType[])('the description has a valid example of %s', (type) => {
    const example = EXAMPLES.events[type];
    expect(example.type).toBe(type);
    expect(v.parse(v.strictObject(EventDetail.entries), example.detail)).toEqual(example.detail);
    expect(openApiDocument('1')).toMatchObject({ webhooks: { [type]: { post: { summary: type } } } });
  });

  it('the description has every route of the service', () => {
    expect(Object.keys(openApiDocument('1').paths as object)).toEqual([
      '/payments/cancel',
      '/payments/{merchant_uid}',
      '/payments',
      '/payments/{merchant_uid}/refunds/{refund_id}',
      '/payments/{merchant_uid}/refunds/{refund_id}/close',
      '/refunds',
      '/reconciliation',
      '/reconciliation/findings/{id}/acknowledge',
      '/webhooks/iamport',
    ]);
  });

  it('the description has every parameter of the list of refunds, with its rules', () => {
    const described = openApiDocument('1');
    expect(described).toMatchObject({
      paths: {
        '/refunds': {
          get: {
            parameters: [
              ...Object.keys(ListQuery.entries).map((name) => ({ name, in: 'query', required: false })),
              { name: 'Accept-Language' },
            ],
          },
        },
      },
    });
    expect(JSON.stringify(described)).toContain(
      '"enum":["open","unknown","cancelled","rejected","not_executed"]',
    );
  });

  it('the description names the languages of every problem', () => {
    const described = JSON.stringify(openApiDocument('1').paths);
    const problems = described.match(/application\/problem\+json/g) ?? [];
    expect(described.match(/"Content-Language"/g)).toHaveLength(problems.length);
    expect(described.match(/"Accept-Language"/g)).toHaveLength(9);
  });
});

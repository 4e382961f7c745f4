import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../../functions/http/refund-events.ts';
import { AcknowledgeBody, CancelBody, CloseBody, WebhookBody } from '../../../functions/http/schemas.ts';
import { openApiDocument } from '../../../lib/openapi/document.ts';
import { EXAMPLES } from '../../../lib/openapi/examples.ts';

const Package = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string() }));
const Document = v.object({
  components: v.object({ schemas: v.record(v.string(), v.unknown()) }),
  paths: v.unknown(),
});

async function text(path: string): Promise<string> {
  return readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');
}

describe('the API description', () => {
  const described = openApiDocument('1');

  it("the description in the repository is generated from today's schemas (npm run openapi)", async () => {
    const { version } = v.parse(Package, await text('package.json'));
    expect(JSON.parse(await text('lib/openapi/openapi.json'))).toEqual(openApiDocument(version));
  });

  it('the description is valid OpenAPI 3.1, and refers only to schemas that it contains', async () => {
    expect(await new Validator().validate(structuredClone(described))).toMatchObject({ valid: true });
    const named = [...JSON.stringify(described).matchAll(/#\/components\/schemas\/(\w+)/g)];
    const { schemas } = v.parse(Document, described).components;
    expect(Object.keys(schemas)).toEqual(expect.arrayContaining(named.map(([, name]) => name)));
  });

  it.for([
    ['request', CancelBody],
    ['closing', CloseBody],
    ['acknowledging', AcknowledgeBody],
    ['webhook', WebhookBody],
  ] as const)('the example of a body is valid: %s', ([name, schema]) => {
    expect(v.safeParse(schema, EXAMPLES[name]).issues).toBeUndefined();
  });

  it('every event is described', () => {
    expect(Object.keys(described['webhooks'] as object)).toEqual(Object.keys(EVENT_TYPES));
  });

  it('the description names the languages of every problem', () => {
    const paths = JSON.stringify(v.parse(Document, described).paths);
    const problems = paths.match(/application\/problem\+json/g) ?? [];
    expect(paths.match(/"Content-Language"/g)).toHaveLength(problems.length);
    expect(paths.match(/"Accept-Language"/g)).toHaveLength(9);
  });
});

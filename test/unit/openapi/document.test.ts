import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../../lib/openapi/document.ts';

const Package = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string() }));

async function text(path: string): Promise<string> {
  return readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');
}

describe('the API description', () => {
  it('in the repository is what the schemas say today (npm run openapi makes it anew)', async () => {
    const { version } = v.parse(Package, await text('package.json'));
    expect(JSON.parse(await text('lib/openapi/openapi.json'))).toEqual(openApiDocument(version));
  });

  it('refuses fields it does not know, as the service does', () => {
    expect(openApiDocument('1')).toMatchObject({
      components: {
        schemas: {
          CancelRequest: {
            additionalProperties: false,
            properties: {
              cancel_request_amount: { type: 'number', exclusiveMinimum: 0 },
              merchant_uid: { maxLength: 40 },
            },
          },
        },
      },
    });
  });

  it('refers only to schemas that it holds', () => {
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
});

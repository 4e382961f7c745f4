import { readFile, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { openApiDocument } from '../lib/openapi/document.ts';

/** `npm run openapi`: writes the API description that is checked in; a test fails when it is out of date. */
const Package = v.object({ version: v.string() });
const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
const { version } = v.parse(v.pipe(v.string(), v.parseJson(), Package), text);
const target = new URL('../lib/openapi/openapi.json', import.meta.url);
await writeFile(target, `${JSON.stringify(openApiDocument(version), null, 2)}\n`);

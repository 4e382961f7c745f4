import { readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { Copy, factsOf, type Fact } from '../unit/refund/pg/published.ts';

/*
 * node test/real/published-rules.ts V1.OPENAPI.JSON [COMMIT DATE]
 *
 * Compares the rules for a cancel in i'mport's API description, PG by PG, with the copy that the tests use. The
 * file is `src/schema/v1.openapi.json` of github.com/portone-io/developers.portone.io. With the commit and the date of the
 * file it becomes the copy; then the tests name what our tables lack.
 */
const COPY = new URL('../unit/refund/pg/v1-cancel-per-pg.json', import.meta.url);
const [file, commit, date] = process.argv.slice(2);
if (file === undefined) {
  console.error('Name the file: node test/real/published-rules.ts v1.openapi.json [commit date]');
  process.exit(2);
}

const read = (path: string | URL): unknown => JSON.parse(readFileSync(path, 'utf8'));
const line = ({ pg, about, says }: Fact) => `${pg}, ${about}: ${says}`;
const now = factsOf(read(file));

if (commit !== undefined && date !== undefined) {
  const source = 'github.com/portone-io/developers.portone.io, src/schema/v1.openapi.json';
  const copy = v.parse(Copy, { source, commit, date, facts: now });
  writeFileSync(COPY, `${JSON.stringify(copy, null, 2)}\n`);
  console.log(`${now.length} statements copied.`);
} else {
  const before = v.parse(Copy, read(COPY)).facts.map(line);
  const after = now.map(line);
  const news = after.filter((each) => !before.includes(each)).map((each) => `+ ${each}`);
  const gone = before.filter((each) => !after.includes(each)).map((each) => `- ${each}`);
  console.log([...news, ...gone].join('\n') || 'Nothing has changed.');
  process.exitCode = news.length + gone.length === 0 ? 0 : 1;
}

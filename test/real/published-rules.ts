import { readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';

/*
 * node test/real/published-rules.ts V1.OPENAPI.JSON [COMMIT DATE]
 *
 * Compares the rules for a cancel in i'mport's API description, PG by PG, with the copy that the tests use. The
 * file is `src/schema/v1.openapi.json` of github.com/portone-io/developers.portone.io. With the commit and the date of the
 * file it becomes the copy; then the tests name what our tables lack.
 */
const COPY = new URL('../unit/refund/pg/v1-cancel-per-pg.json', import.meta.url);
/** One statement of i'mport's API description about a cancel at one PG: about the whole call or one of its fields. */
const Fact = v.strictObject({ pg: v.string(), about: v.string(), says: v.string() });
type Fact = v.InferOutput<typeof Fact>;

/** The copy of these facts that is stored with the tests. */
const Copy = v.strictObject({
  source: v.string(),
  commit: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)),
  date: v.pipe(v.string(), v.isoDate()),
  facts: v.array(Fact),
});

const PerPg = v.optional(
  v.record(v.string(), v.object({ required: v.optional(v.boolean()), description: v.optional(v.string()) })),
  {},
);
const Described = {
  'x-portone-per-pg': PerPg,
  'x-portone-supported-pgs': v.optional(v.array(v.string()), []),
};
const OpenApi = v.object({
  paths: v.object({
    '/payments/cancel': v.object({
      post: v.object({
        ...Described,
        parameters: v.array(v.object({ name: v.string(), ...Described })),
      }),
    }),
  }),
});

/** Every statement by PG of i'mport's `v1.openapi.json`, as text. */
function factsOf(openApi: unknown): readonly Fact[] {
  const { post } = v.parse(OpenApi, openApi).paths['/payments/cancel'];
  const places = [{ ...post, name: 'cancel' }, ...post.parameters];
  return places.flatMap((place) => [
    ...place['x-portone-supported-pgs'].map((pg) => ({ pg, about: place.name, says: 'supported' })),
    ...Object.entries(place['x-portone-per-pg']).flatMap(([pg, { required, description = '' }]) => [
      ...(required === true ? [{ pg, about: place.name, says: 'required' }] : []),
      ...statementsIn(description).map((says) => ({ pg, about: place.name, says })),
    ]),
  ]);
}

/** The text of paragraphs and list items; headings, pictures and examples are left out. */
function statementsIn(html: string): readonly string[] {
  return html
    .replaceAll(/<(pre|h\d)\b[\s\S]*?<\/\1>/g, '\n\n')
    .replaceAll(/<\/(p|li|ul)>|\n\s*- /g, '\n\n')
    .replaceAll(/<[^>]+>/g, '')
    .split(/\n\n/)
    .map((text) => text.replaceAll(/\s+/g, ' ').trim())
    .filter((text) => text !== '');
}

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

import * as v from 'valibot';

/** One statement of i'mport's API description about a cancel at one PG: about the whole call or one of its fields. */
const Fact = v.strictObject({ pg: v.string(), about: v.string(), says: v.string() });
export type Fact = v.InferOutput<typeof Fact>;

/** The copy of these facts that is stored with the tests. */
export const Copy = v.strictObject({
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
export function factsOf(openApi: unknown): readonly Fact[] {
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

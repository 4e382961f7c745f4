import * as v from 'valibot';

const Schema = v.object({
  description: v.optional(v.string()),
  type: v.optional(v.union([v.string(), v.array(v.string())])),
  properties: v.optional(
    v.record(
      v.string(),
      v.looseObject({ description: v.optional(v.string()), type: v.optional(v.unknown()) }),
    ),
    {},
  ),
});
const Operation = v.object({
  summary: v.string(),
  description: v.optional(v.string(), ''),
  responses: v.record(v.string(), v.object({ description: v.string() })),
});
const Document = v.object({
  info: v.object({ title: v.string(), version: v.string(), summary: v.string() }),
  paths: v.record(v.string(), v.record(v.string(), Operation)),
  components: v.object({ schemas: v.record(v.string(), Schema) }),
});

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function rows(pairs: readonly (readonly [string, string])[]): string {
  return pairs
    .map(([name, text]) => `<dt><code>${escaped(name)}</code></dt><dd>${escaped(text)}</dd>`)
    .join('');
}

/** The API's description as a page a person reads; made of openapi.json alone. */
export function apiPage(openApi: string): string {
  const { info, paths, components } = v.parse(v.pipe(v.string(), v.parseJson(), Document), openApi);
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const answers = Object.entries(operation.responses).map(
        ([status, { description }]) => [status, description] as const,
      );
      return `<section class="panel"><h2><code>${method.toUpperCase()} ${escaped(path)}</code></h2><p>${escaped(operation.summary)}</p><p>${escaped(operation.description)}</p><dl>${rows(answers)}</dl></section>`;
    }),
  );
  const schemas = Object.entries(components.schemas).map(([name, { properties }]) => {
    const fields = Object.entries(properties).map(
      ([field, { type, description }]) =>
        [field, description ?? (typeof type === 'string' ? type : '')] as const,
    );
    return `<section class="panel"><h2>${escaped(name)}</h2><dl>${rows(fields)}</dl></section>`;
  });
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(info.title)}</title><link rel="stylesheet" href="/storefront.css">`;
  const top = `<header><h1>${escaped(info.title)} ${escaped(info.version)}</h1><nav><a href="/openapi.json">openapi.json</a></nav></header>`;
  return `<!doctype html><html lang="en"><head>${head}</head><body>${top}<main><p>${escaped(info.summary)}</p>${routes.join('')}${schemas.join('')}</main></body></html>`;
}

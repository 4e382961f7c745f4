import * as v from 'valibot';
import { fieldRows, schemaLink, SchemaShape, type Schema } from './api-schema.ts';
import { html, prose, type Markup } from './markup.ts';

const Content = v.record(
  v.string(),
  v.object({ schema: v.object({ $ref: v.string() }), example: v.optional(v.unknown()) }),
);
const Header = v.object({ description: v.string() });
const Response = v.object({
  description: v.string(),
  headers: v.optional(v.record(v.string(), Header), {}),
  content: Content,
});
const Parameter = v.object({
  name: v.string(),
  in: v.string(),
  required: v.boolean(),
  description: v.string(),
  schema: SchemaShape,
});
const Operation = v.object({
  summary: v.string(),
  description: v.string(),
  security: v.optional(v.array(v.unknown()), []),
  parameters: v.optional(v.array(Parameter), []),
  requestBody: v.optional(v.object({ content: Content })),
  responses: v.record(v.string(), Response),
});
const Document = v.object({
  info: v.object({ title: v.string(), version: v.string(), summary: v.string() }),
  paths: v.record(v.string(), v.record(v.string(), Operation)),
  components: v.object({ schemas: v.record(v.string(), SchemaShape) }),
});

type Operation = v.InferOutput<typeof Operation>;

function example(value: unknown): Markup | string {
  if (value === undefined) return '';
  return html`<details>
    <summary>Example</summary>
    <pre tabindex="0"><code>${JSON.stringify(value, null, 2)}</code></pre>
  </details>`;
}

function body(content: v.InferOutput<typeof Content>): Markup {
  const types = Object.entries(content).map(
    ([type, { schema, example: value }]) =>
      html`<div><code>${type}</code> ${schemaLink(schema.$ref)}${example(value)}</div>`,
  );
  return html`${types}`;
}

function table(caption: string, of: string, rows: readonly Markup[]): Markup | string {
  if (rows.length === 0) return '';
  return html`<h3>${caption}</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="${caption} of ${of}">
      <table>
        ${rows}
      </table>
    </div>`;
}

function routeSection(name: string, operation: Operation): Markup {
  const { summary, description, security, parameters, requestBody, responses } = operation;
  const asked = parameters.map(
    (parameter) =>
      html`<tr>
        <th scope="row">
          <code>${parameter.name}</code> ${parameter.required ? '' : html`<small>optional</small>`}
        </th>
        <td>${parameter.in}</td>
        <td>${prose(parameter.description)}</td>
      </tr>`,
  );
  const answers = Object.entries(responses).map(([status, response]) => {
    const headers = Object.entries(response.headers).map(
      ([header, { description: meaning }]) => html`<div><code>${header}</code> ${prose(meaning)}</div>`,
    );
    return html`<tr>
      <th scope="row">${status}</th>
      <td>${prose(response.description)}${headers}${body(response.content)}</td>
    </tr>`;
  });
  const token = security.length === 0 ? '' : html`<p>Needs a bearer token.</p>`;
  return html`<section class="panel">
    <h2><code>${name}</code></h2>
    <p><b>${summary}.</b> ${prose(description)}</p>
    ${token}${table('Parameters', name, asked)}
    ${
      requestBody === undefined
        ? ''
        : html`<h3>Body</h3>
            ${body(requestBody.content)}`
    }
    ${table('Answers', name, answers)}
  </section>`;
}

function schemaSection(name: string, schema: Schema): Markup {
  return html`<section class="panel" id="${name}">
    <h2>${name}</h2>
    ${table('Fields', name, fieldRows(schema))}
  </section>`;
}

/** The API's description as a page a person reads; made of openapi.json alone. */
export function apiPage(openApi: string): string {
  const { info, paths, components } = v.parse(v.pipe(v.string(), v.parseJson(), Document), openApi);
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      routeSection(`${method.toUpperCase()} ${path}`, operation),
    ),
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]) => schemaSection(name, schema));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${info.title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/storefront.css" />
      </head>
      <body class="api">
        <header>
          <h1>${info.title} ${info.version}</h1>
          <nav><a href="/">Demo shop</a> <a href="/openapi.json">openapi.json</a></nav>
        </header>
        <main>
          <p>${info.summary}</p>
          ${routes}${schemas}
        </main>
      </body>
    </html>`.text;
}

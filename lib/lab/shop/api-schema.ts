import * as v from 'valibot';
import { html, prose, type Markup } from './markup.ts';

export interface Schema {
  readonly $ref?: string | undefined;
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly enum?: readonly (string | number)[] | undefined;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly items?: Schema | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly minimum?: number | undefined;
  readonly exclusiveMinimum?: number | undefined;
}

/** The part of JSON Schema that the API's description uses. */
export const SchemaShape: v.GenericSchema<unknown, Schema> = v.looseObject({
  $ref: v.optional(v.string()),
  type: v.optional(v.string()),
  description: v.optional(v.string()),
  enum: v.optional(v.array(v.union([v.string(), v.number()]))),
  const: v.optional(v.unknown()),
  anyOf: v.optional(v.array(v.lazy(() => SchemaShape))),
  items: v.optional(v.lazy(() => SchemaShape)),
  properties: v.optional(
    v.record(
      v.string(),
      v.lazy(() => SchemaShape),
    ),
  ),
  required: v.optional(v.array(v.string())),
  minLength: v.optional(v.number()),
  maxLength: v.optional(v.number()),
  minimum: v.optional(v.number()),
  exclusiveMinimum: v.optional(v.number()),
});

/** A link to a schema's own section on the page. */
export function schemaLink(ref: string): Markup {
  const name = ref.split('/').at(-1) ?? '';
  return html`<a href="#${name}">${name}</a>`;
}

function typeOf(schema: Schema): Markup {
  const { $ref, anyOf, items, type = 'any' } = schema;
  if ($ref !== undefined) return schemaLink($ref);
  if (anyOf !== undefined) return joined(anyOf.map(typeOf));
  if (items !== undefined) return html`array of ${typeOf(items)}`;
  if (schema.enum !== undefined) return joined(schema.enum.map((value) => html`<code>${value}</code>`));
  return 'const' in schema && schema.const !== undefined
    ? html`<code>${JSON.stringify(schema.const)}</code>`
    : html`${type}`;
}

function joined(parts: readonly Markup[]): Markup {
  return html`${parts.flatMap((part, index) => (index === 0 ? [part] : [html` or `, part]))}`;
}

function limitsOf({ minLength, maxLength, minimum, exclusiveMinimum, type }: Schema): string {
  const length =
    maxLength === undefined
      ? []
      : [`${minLength === undefined ? 'at most' : `${minLength} to`} ${maxLength} characters`];
  const least = minimum === undefined || type === 'integer' ? [] : [`${minimum} or more`];
  const above = exclusiveMinimum === undefined ? [] : [`more than ${exclusiveMinimum}`];
  return [...length, ...least, ...above].map((limit) => `, ${limit}`).join('');
}

/** A row a field: name, type with its limits, what it means. Fields of an inner object stand under their path. */
export function fieldRows({ properties = {}, required = [] }: Schema, path = ''): readonly Markup[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const inner =
      field.properties === undefined
        ? field.items?.properties === undefined
          ? undefined
          : field.items
        : field;
    const must = required.includes(name) ? '' : html`<small>optional</small>`;
    const row = html`<tr>
      <th scope="row"><code>${path}${name}</code> ${must}</th>
      <td>${typeOf(field)}${limitsOf(field)}</td>
      <td>${prose(field.description ?? '')}</td>
    </tr>`;
    const dots = field.items === undefined ? '.' : '[].';
    return inner === undefined ? [row] : [row, ...fieldRows(inner, `${path}${name}${dots}`)];
  });
}

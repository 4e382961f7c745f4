type Json = unknown;

function isObject(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Python's regular expressions have no Unicode classes, so no text can be generated from such a pattern; the service still checks it. */
const UNMADE = /\\p\{|\\u[0-9A-F]{4}/;

/**
 * The description with hints for generated requests: besides arbitrary order numbers, the existing ones.
 * The answers are unchanged.
 */
export function askableDescription(
  description: Json,
  known: Readonly<Record<string, readonly string[]>>,
): Json {
  function named(name: string, schema: Json): Json {
    const values = known[name];
    return values === undefined ? schema : { anyOf: [{ type: 'string', enum: values }, schema] };
  }

  function rewritten(value: Json): Json {
    if (Array.isArray(value)) return value.map(rewritten);
    if (!isObject(value)) return value;
    const entries = Object.entries(value)
      .filter(([key, inner]) => key !== 'pattern' || typeof inner !== 'string' || !UNMADE.test(inner))
      .map(([key, inner]) => [key, rewritten(inner)] as const);
    const copy: Readonly<Record<string, Json>> = Object.fromEntries(entries);
    return typeof copy['name'] === 'string' && copy['in'] !== undefined
      ? { ...copy, schema: named(copy['name'], copy['schema']) }
      : copy;
  }

  const copy = rewritten(description);
  return isObject(copy) ? { ...copy, components: withKnownBodies(copy['components'], named) } : copy;
}

function withKnownBodies(components: Json, named: (name: string, schema: Json) => Json): Json {
  if (!isObject(components) || !isObject(components['schemas'])) return components;
  const schemas = Object.entries(components['schemas']).map(([name, schema]) => {
    const isAsked = /^(CancelRequest|Webhook)$/.test(name);
    if (!isAsked || !isObject(schema) || !isObject(schema['properties'])) return [name, schema] as const;
    const properties = Object.entries(schema['properties']).map(([field, each]) => [
      field,
      named(field, each),
    ]);
    return [name, { ...schema, properties: Object.fromEntries(properties) as Json }] as const;
  });
  return { ...components, schemas: Object.fromEntries(schemas) };
}

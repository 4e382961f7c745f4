import { componentSchemas, REFERENCE } from './schemas.ts';

/** A schema of the API description, as far as the types of answers need it. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
}

/** The types of `lib/client/types.ts` in full: the package of the browser client has no dependencies and none of the service's code. */
export function clientTypes(): string {
  const schemas = componentSchemas() as Readonly<Record<string, Schema>>;
  const { PaymentAnswer = {}, CancelAnswer = {}, CancelRequest = {}, Problem = {} } = schemas;
  const inEveryAnswer = (name: string) => CancelAnswer.required?.includes(name) === true;
  const named: Record<string, Schema> = {
    Payment: { ...PaymentAnswer, required: (PaymentAnswer.required ?? []).filter(inEveryAnswer) },
    CancelRequest: { ...CancelRequest, required: ['merchant_uid'] },
    // The gateway's own errors have `message` alone.
    Problem: { ...Problem, required: [] },
  };
  let text = `export type ProblemCode = ${union(Problem.properties?.['code']?.enum)} | (string & Record<never, never>);\n`;
  const used = new Set(Object.keys(named));
  for (const name of used) {
    const schema = named[name] ?? schemas[name] ?? {};
    const members = typeOf(schema, (part) => used.add(part));
    const more = name === 'Problem' ? ' extends Readonly<Record<string, unknown>>' : '';
    text += `export interface ${name}${more} ${members}\n`;
  }
  return text;
}

/** `part` is called with each name that the type refers to. */
function typeOf(schema: Schema, part: (name: string) => void): string {
  const { $ref, type = 'unknown', enum: values, anyOf, items, properties, required } = schema;
  if ($ref !== undefined) {
    const name = $ref.slice(REFERENCE.length);
    part(name);
    return name;
  }
  if (anyOf !== undefined && properties === undefined)
    return anyOf.map((each) => typeOf(each, part)).join(' | ');
  if ('const' in schema) return JSON.stringify(schema.const);
  if (values !== undefined) return union(values);
  if (items !== undefined) return `readonly (${typeOf(items, part)})[]`;
  if (properties === undefined) return type === 'integer' ? 'number' : type;
  const members = Object.entries(properties).map(([name, each]) => {
    // Without the text of every name, which the API description has.
    const told = each.description?.replace(/ `\w+`: .*/, '');
    const about = told === undefined ? '' : `/** ${told} */\n`;
    // A newer service may have other codes.
    const of = name === 'code' && each.enum !== undefined ? 'ProblemCode' : typeOf(each, part);
    return `${about}readonly ${name}${required?.includes(name) === true ? '' : '?'}: ${of};\n`;
  });
  return `{\n${members.join('')}}`;
}

function union(values: readonly unknown[] = []): string {
  return values.map((value) => JSON.stringify(value)).join(' | ');
}

import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectFile } from '../../lib/stack/bundle.ts';
import { spawnLocalRun, type ProcessRun } from '../support/local-run.ts';
import { EXAMPLES as TOLD } from '../../lib/openapi/examples.ts';
import { command } from './support/command.ts';

const tools = process.env['PYTHON_TOOLS'] ?? '';
/** Ends a hanging run; some thousand requests take long on a slow machine. */
const LIMIT_MS = 10 * 60_000;
/** Examples per route and phase; more with SCHEMATHESIS_EXAMPLES. */
const EXAMPLES = process.env['SCHEMATHESIS_EXAMPLES'] ?? '40';
const SEED = '20260115';

/**
 * Other checks of schemathesis do not apply: `positive_data_acceptance` expects every valid order number to exist,
 * `negative_data_rejection` expects a webhook's other fields to matter, and `unsupported_method` expects 405, but an HTTP API answers 404.
 */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'ignored_auth',
];

const EXAMPLE = TOLD.payment;
/** Different payments for different answers; the first is the one in the description's examples. */
const ORDERS = [
  { merchant_uid: EXAMPLE.merchant_uid, imp_uid: EXAMPLE.imp_uid, pay_method: 'card' },
  { pay_method: 'card', customer_id: 'customer-2' },
  { pay_method: 'vbank' },
  { pay_method: 'card', currency: 'USD', amount: 1_234.56 },
  { pay_method: 'phone' },
].map((fields, index) => ({
  merchant_uid: `order-${index + 1}`,
  imp_uid: `imp_${index + 1}`,
  amount: 1_000_000,
  customer_id: 'customer-1',
  ...fields,
}));

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
function askableDescription(description: Json, known: Readonly<Record<string, readonly string[]>>): Json {
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

let directory: string;
let description: string;
let run: ProcessRun;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'refunds-described-'));
  run = await spawnLocalRun(directory);
  for (const body of ORDERS) {
    expect((await run.call('POST', '/_local/payments', { body })).status).toBe(201);
  }
  const known = {
    merchant_uid: ORDERS.map(({ merchant_uid }) => merchant_uid),
    imp_uid: ORDERS.map(({ imp_uid }) => imp_uid),
  };
  const written: unknown = JSON.parse(readFileSync(projectFile('lib/openapi/openapi.json'), 'utf8'));
  description = path.join(directory, 'openapi.json');
  await writeFile(description, JSON.stringify(askableDescription(written, known)));
});
afterAll(async () => {
  await run.stop('SIGTERM');
  await rm(directory, { recursive: true, force: true });
});

describe.each([
  ['a customer', { sub: 'customer-1' }],
  ['a member of staff', { sub: 'staff-1', groups: ['refund-staff'] }],
])('the API description, for %s', (_who, subject) => {
  it(
    'says of every answer of the running service what it is, and none is a 5xx',
    async () => {
      const token = await run.signIn(subject);
      const ended = await command(
        `${tools}/schemathesis`,
        [
          'run',
          description,
          `--url=${run.url}`,
          `--header=Authorization: ${token}`,
          '--phases=examples,coverage,fuzzing',
          `--checks=${CHECKS.join(',')}`,
          `--max-examples=${EXAMPLES}`,
          `--seed=${SEED}`,
          '--continue-on-failure',
          '--suppress-health-check=all',
          '--request-timeout=30',
          '--warnings=off',
          '--no-color',
        ],
        { cwd: directory },
      );
      expect(ended.status, ended.output).toBe(0);
      // Real requests were made, and not all were refused.
      const [, asked] = /(\d+) generated/.exec(ended.output) ?? [];
      expect(Number(asked)).toBeGreaterThan(300);
      const cancelled = await run.call('GET', `/_local/iamport/${EXAMPLE.imp_uid}`);
      expect(Number(cancelled.body['cancel_amount'])).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});

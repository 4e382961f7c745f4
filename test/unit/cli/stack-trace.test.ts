import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../lib/stack/bundle.ts';
import { type } from './command-line.ts';

let folder: string;
/** The line that the bundled function really writes when its settings are missing. */
let line: string;

const INVOKE = `
const { handler } = await import(process.argv[1]);
const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 5_000 };
await handler({}, context).catch(() => undefined);`;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'refunds-trace-'));
  const file = path.join(folder, 'index.mjs');
  await writeFile(file, (await bundle('resolve-refunds')).code);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', INVOKE, file],
    { env: {} },
  );
  line = stdout.split('\n').find((each) => each.includes('"failed"')) ?? '';
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('trace', () => {
  it('trace maps the log line of a failed function to the project’s source files', async () => {
    expect(line).toContain('index.mjs:');
    const { status, out } = await type('trace', { stdin: async () => line });
    expect(out).toMatch(/functions\/runtime\/config\.ts:\d+:\d+[\s\S]*functions\/runtime\/live\.ts:\d+:\d+/);
    expect(status).toBe(0);
  });

  it('trace reads a log line of the local run, which begins with time and function', async () => {
    const { Function: _, ...rest } = JSON.parse(line) as Record<string, unknown>;
    const written = `2026-11-25T12:00:00.000Z RefundService-ServiceResolveRefundsFunction1A2B3C4D ${JSON.stringify(rest)}`;
    const { out } = await type('trace', { stdin: async () => `${written}\n` });
    expect(out).toContain('functions/runtime/config.ts:');
  });

  it('trace reads a pasted stack when --function names the function', async () => {
    const { stack } = JSON.parse(line) as { readonly stack: readonly string[] };
    const stdin = async () => `ConfigurationError\n${stack.join('\n')}`;
    const { out } = await type('trace --function resolveRefunds', { stdin });
    expect(out).toContain('functions/runtime/config.ts:');
    expect(await type('trace', { stdin })).toMatchObject({ status: 1 });
  });

  it('trace reports a text without a stack, a missing file and an unknown function', async () => {
    const stdin = async () => '{"event":"cancelled"}';
    expect(await type('trace', { stdin })).toMatchObject({
      status: 1,
      out: 'There is no stack in this text.',
    });
    expect((await type('trace --function nothing', { stdin })).err).toContain('cancel-payment');
    expect((await type('trace /nowhere')).err).toContain('/nowhere cannot be read');
  });
});

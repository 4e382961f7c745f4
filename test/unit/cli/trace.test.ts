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
  it('trace maps log lines of failed functions, of AWS and of the local run, to the project’s source files', async () => {
    expect(line).toContain('index.mjs:');
    const { Function: _, ...rest } = JSON.parse(line) as Record<string, unknown>;
    const name = 'RefundService-ServiceResolveRefundsFunction1A2B3C4D';
    const written = `2026-11-25T12:00:00.000Z ${name} ${JSON.stringify(rest)}`;
    for (const text of [line, `${written}\n`]) {
      const { status, out } = await type('trace', { stdin: async () => text });
      expect(out).toMatch(/functions\/runtime\/config\.ts:\d+:\d+[^]*functions\/runtime\/live\.ts:\d+:\d+/);
      expect(status).toBe(0);
    }
  });

  it('trace exits with 1 for a line of an unknown function and for a text without a stack', async () => {
    const unknown = `{"stack":["    at f (file:///var/task/index.mjs:1:2)"]}`;
    const frame = { status: 1, out: '    at f (file:///var/task/index.mjs:1:2)' };
    expect(await type('trace', { stdin: async () => unknown })).toMatchObject(frame);
    const nothing = { status: 1, out: 'There is no stack in this text.' };
    expect(await type('trace', { stdin: async () => '{"event":"cancelled"}' })).toMatchObject(nothing);
  });
});

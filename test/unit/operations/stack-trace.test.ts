import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type } from './command-line.ts';

const HASH = 'a'.repeat(64);
const OTHER_HASH = 'b'.repeat(64);

let assembly: string;
/** The stack of an error that the bundle really threw. */
let frames: readonly string[];

beforeAll(async () => {
  assembly = await mkdtemp(path.join(tmpdir(), 'refunds-assembly-'));
  const source = path.join(assembly, 'project/functions/refund/broken.ts');
  await mkdir(path.dirname(source), { recursive: true });
  await writeFile(
    source,
    `export function refuse(amount: number): never {\n  throw new Error(String(amount));\n}\n\nexport const handler = () => refuse(1);\n`,
  );
  const bundle = path.join(assembly, `asset.${HASH}/index.mjs`);
  await build({
    entryPoints: [source],
    outfile: bundle,
    bundle: true,
    minify: true,
    format: 'esm',
    sourcemap: 'external',
  });
  const made = (await import(bundle)) as { readonly handler: () => void };
  try {
    made.handler();
  } catch (error) {
    frames = String((error as Error).stack)
      .split('\n')
      .filter((line) => line.includes('index.mjs'))
      .map((line) =>
        line.replace(/file:\S*index/, 'file:///var/task/index').replace(/\(\/\S*index/, '(/var/task/index'),
      );
  }
  const lambda = (hash: string) => ({
    Type: 'AWS::Lambda::Function',
    Properties: { Code: { S3Key: `${hash}.zip` } },
  });
  const Resources = {
    ServiceCancelPaymentFunction1: lambda(HASH),
    ServiceGetPaymentFunction2: lambda(OTHER_HASH),
  };
  await writeFile(path.join(assembly, 'Refunds.template.json'), JSON.stringify({ Resources }));
});
afterAll(async () => rm(assembly, { recursive: true, force: true }));

function logLine(fields: object = {}): string {
  return JSON.stringify({
    level: 'ERROR',
    event: 'failed',
    stack: frames,
    Function: 'cancelPayment',
    ...fields,
  });
}

describe('trace', () => {
  it('tells the files of the project for the stack of a log line, by the function that wrote it', async () => {
    const { status, out } = await type(`trace --assembly ${assembly}`, { stdin: async () => logLine() });
    expect(out).toMatch(/functions\/refund\/broken\.ts:2:9[\s\S]*functions\/refund\/broken\.ts:5:\d+/);
    expect(status).toBe(0);
  });

  it('takes a line of the local run, which has time and function in front', async () => {
    const line = `2026-11-25T12:00:00.000Z RefundService-ServiceCancelPaymentFunction1 ${logLine({ Function: undefined })}`;
    const { out } = await type(`trace --assembly ${assembly}`, { stdin: async () => line });
    expect(out).toContain('functions/refund/broken.ts:2:9');
  });

  it('takes a stack as it was pasted, when told of which function it is', async () => {
    const stdin = async () => `Error: 1\n${frames.join('\n')}`;
    const { out } = await type(`trace --assembly ${assembly} --function cancelPayment`, { stdin });
    expect(out).toContain('functions/refund/broken.ts:2:9');
    expect(await type(`trace --assembly ${assembly}`, { stdin })).toMatchObject({ status: 1 });
  });

  it('says so when there is no stack, no file, and no assembly', async () => {
    const stdin = async () => '{"event":"cancelled"}';
    expect(await type(`trace --assembly ${assembly}`, { stdin })).toMatchObject({
      status: 1,
      out: 'There is no stack in this text.',
    });
    expect((await type('trace --assembly /nowhere', { stdin })).err).toContain('cdk synth');
    expect((await type(`trace /nowhere --assembly ${assembly}`)).err).toContain('/nowhere cannot be read');
  });
});

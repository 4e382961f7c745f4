import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { fingerprint, keptAssembly } from '../../../lib/lab/local/template/assembly.ts';
import { sharedAssembly, temporaryDirectory } from '../../support/local-run.ts';

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  return () => rm(directory, { recursive: true, force: true });
});

const INPUTS = [
  'functions/http/body.ts',
  'lib/stack/api.ts',
  'cdk.json',
  'package-lock.json',
  'bin/refund-service.ts',
];
const NO_INPUTS = ['lib/lab/local/runner.ts', 'lib/lab/simulator/api.ts', 'README.md', 'test/a.test.ts'];

describe('the inputs of a synthesis', () => {
  beforeEach(async () => {
    for (const file of [...INPUTS, ...NO_INPUTS]) {
      await mkdir(path.join(directory, path.dirname(file)), { recursive: true });
      await writeFile(path.join(directory, file), 'as it was');
    }
  });

  it.each([
    ...INPUTS.map((file) => [file, true] as const),
    ...NO_INPUTS.map((file) => [file, false] as const),
  ])('a change of %s causes a new synthesis: %s', async (file, isInput) => {
    const before = fingerprint(directory);
    await writeFile(path.join(directory, file), 'as it is');
    expect(fingerprint(directory) !== before).toBe(isInput);
    await rm(path.join(directory, file));
    expect(fingerprint(directory) !== before).toBe(isInput);
  });

  it('a new function or a changed CDK variable causes a new synthesis', async () => {
    const before = fingerprint(directory);
    process.env['CDK_DEFAULT_REGION'] = 'elsewhere';
    expect(fingerprint(directory)).not.toBe(before);
    delete process.env['CDK_DEFAULT_REGION'];
    await writeFile(path.join(directory, 'functions/new.ts'), '');
    expect(fingerprint(directory)).not.toBe(before);
  });
});

describe('the synthesized stack', () => {
  beforeEach(async () => cp(await sharedAssembly(), directory, { recursive: true }));

  it('the synthesized stack is reused until an input changes or one of its files is missing', async () => {
    let syntheses = 0;
    const ask = (): Promise<void> => keptAssembly(directory, { onSynthesis: () => (syntheses += 1) });
    // The copy is as new as the inputs, unless an input has changed meanwhile.
    await ask();
    const before = syntheses;
    await ask();
    expect(syntheses).toBe(before);
    await rm(path.join(directory, 'RefundService.template.json'));
    await ask();
    expect(syntheses).toBe(before + 1);
    expect(await readdir(directory)).toContain('RefundService.template.json');
  });

  it.each([
    ['before it begins', (abort: () => void) => abort()],
    ['in the middle', (abort: () => void) => setTimeout(abort, 200)],
  ])('an aborted synthesis ends at once and leaves no complete stack: %s', async (_when, plan) => {
    await rm(path.join(directory, 'RefundService.template.json'));
    const stop = new AbortController();
    const asked = keptAssembly(directory, {
      onSynthesis: () => plan(() => stop.abort()),
      signal: stop.signal,
    });
    await expect(asked).rejects.toThrow('aborted');
    expect(await readdir(directory)).not.toContain('manifest.json');
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readAssembly, synthesize, type Assembly } from '../../../lib/lab/local/template/assembly.ts';

export interface Synthesized extends Assembly {
  /** The template as it would be deployed. */
  readonly file: string;
  readonly end: () => Promise<void>;
}

/** The stack with its bundles, made anew. */
export async function synthesized(): Promise<Synthesized> {
  const directory = await mkdtemp(path.join(tmpdir(), 'refunds-real-'));
  await synthesize(directory);
  const assembly = await readAssembly(directory);
  return {
    ...assembly,
    file: path.join(directory, `${assembly.template.stackName}.template.json`),
    end: async () => rm(directory, { recursive: true, force: true }),
  };
}

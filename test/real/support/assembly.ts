import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readAssembly, synthesize, type Assembly } from '../../../lib/lab/local/template/assembly.ts';

export interface Synthesized extends Assembly {
  /** The template as it would be deployed. */
  readonly file: string;
  readonly end: () => Promise<void>;
}

/** Synthesizes the stack with its bundles, with the given changes of the context. */
export async function synthesized(context: Readonly<Record<string, unknown>> = {}): Promise<Synthesized> {
  const directory = await mkdtemp(path.join(tmpdir(), 'refunds-real-'));
  await synthesize(directory, undefined, context);
  return {
    ...(await readAssembly(directory)),
    file: path.join(directory, 'RefundService.template.json'),
    end: async () => rm(directory, { recursive: true, force: true }),
  };
}

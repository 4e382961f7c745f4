import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readAssembly, synthesize, type Assembly } from '../../../lib/lab/local/template/assembly.ts';

export interface TemplateFile {
  /** The template as it would be deployed. */
  readonly file: string;
  readonly directory: string;
  readonly end: () => Promise<void>;
}

export type Synthesized = Assembly & TemplateFile;

/** Synthesizes the stack with its bundles, with the given changes of the context. */
export async function synthesizedWith(
  context: Readonly<Record<string, unknown>> = {},
): Promise<TemplateFile> {
  const directory = await mkdtemp(path.join(tmpdir(), 'refunds-real-'));
  await synthesize(directory, undefined, context);
  return {
    file: path.join(directory, 'RefundService.template.json'),
    directory,
    end: async () => rm(directory, { recursive: true, force: true }),
  };
}

/** The assembly and the local run's plan of it. */
export async function synthesized(): Promise<Synthesized> {
  const made = await synthesizedWith();
  return { ...(await readAssembly(made.directory)), ...made };
}

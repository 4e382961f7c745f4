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

/** The stack with its bundles, made anew, with what a deployer has changed in the context. */
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

/** With what the local run reads of it. */
export async function synthesized(): Promise<Synthesized> {
  const made = await synthesizedWith();
  return { ...(await readAssembly(made.directory)), ...made };
}

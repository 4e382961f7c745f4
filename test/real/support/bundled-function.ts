import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FunctionPlan } from '../../../lib/lab/local/template/plan.ts';
import { startRuntimeApi, type Invoked } from './runtime-api.ts';
import { endsWithUs } from './servers.ts';

/** One execution environment: the deployed bundle in Lambda's own runtime client. */
export interface BundledFunction {
  /** @param timeoutMs the time until Lambda would stop it; @default the template's */
  readonly invoke: (event: unknown, timeoutMs?: number) => Promise<Invoked>;
  /** The printed lines so far; CloudWatch reads metrics from them. */
  readonly printed: () => readonly string[];
  readonly end: () => Promise<void>;
}

export async function startBundledFunction(
  plan: FunctionPlan,
  environment: Readonly<Record<string, string>>,
): Promise<BundledFunction> {
  const api = await startRuntimeApi(plan.arn);
  // Log to a file: the lines are written before the answer, so no test has to wait for them.
  const directory = mkdtempSync(path.join(tmpdir(), 'refunds-real-log-'));
  const file = path.join(directory, 'output.log');
  const output = openSync(file, 'w');
  // Only the variables that Lambda and the template set, so that no other variable of this machine helps.
  const child = spawn(process.execPath, [process.env['RUNTIME_CLIENT'] ?? '', plan.handler], {
    cwd: plan.directory,
    env: { ...environment, AWS_LAMBDA_RUNTIME_API: api.address },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  endsWithUs(child);
  const printed = (): readonly string[] => readFileSync(file, 'utf8').split('\n');
  const closed = Promise.withResolvers<void>();
  child.once('close', () => {
    api.fail(`${plan.name} has ended:\n${printed().slice(-20).join('\n')}`);
    closed.resolve();
  });
  return {
    invoke: async (event, timeoutMs = plan.timeoutMs) => api.invoke(event, timeoutMs),
    printed,
    end: async () => {
      child.kill('SIGKILL');
      await closed.promise;
      await api.end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

import { isObject, parseJson } from '../json.ts';
import type { FunctionPlan } from '../template/plan.ts';
import type { FromEnvironment, Invocation } from './execution-environment.ts';

/**
 * The inside of an execution environment: loads the bundle once, then runs one event after the other. Runs in a worker
 * thread, whose `process.env` holds only the function's variables.
 */

type Handler = (event: unknown, context: object) => unknown;

async function load({ directory, handler }: FunctionPlan): Promise<Handler> {
  const [, file = '', name = ''] = /^(.+)\.([^.]+)$/.exec(handler) ?? [];
  const found = ['.js', '.mjs', '.cjs']
    .map((extension) => path.join(directory, `${file}${extension}`))
    .find((candidate) => existsSync(candidate));
  if (found === undefined) throw fault('Runtime.ImportModuleError', `Cannot find module '${file}'`);
  keepInside(directory);
  const exported: unknown = await import(pathToFileURL(found).href);
  const run = isObject(exported) ? exported[name] : undefined;
  if (typeof run !== 'function')
    throw fault('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  return run as Handler;
}

/** AWS has only the bundle, so an import that finds this checkout's packages would fail there. */
function keepInside(directory: string): void {
  const inside = pathToFileURL(path.join(directory, path.sep)).href;
  registerHooks({
    resolve: (specifier, context, next) => {
      const found = next(specifier, context);
      if (found.url.startsWith('node:') || found.url.startsWith(inside)) return found;
      throw fault('Runtime.ImportModuleError', `Cannot find package '${specifier}' in the bundle`);
    },
  });
}

function contextOf({ requestId, deadlineMs }: Invocation): object {
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: plan.name,
    functionVersion: '1',
    getRemainingTimeInMillis: () => Math.max(deadlineMs - Date.now(), 0),
    invokedFunctionArn: plan.arn,
    logGroupName: `/aws/lambda/${plan.name}`,
    logStreamName: 'local',
    memoryLimitInMB: String(plan.memoryMb),
  };
}

function fault(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function failureOf(error: unknown): FromEnvironment {
  if (!(error instanceof Error))
    return { kind: 'failed', errorType: typeof error, errorMessage: String(error), at: '' };
  const [, at = ''] = /\n\s+(at .*)/.exec(error.stack ?? '') ?? [];
  return { kind: 'failed', errorType: error.name, errorMessage: error.message, at };
}

async function answer(work: () => Promise<FromEnvironment>): Promise<void> {
  parentPort?.postMessage(await work().catch(failureOf), []);
}

const plan = workerData as FunctionPlan;
const loading = load(plan);

void answer(async () => {
  await loading;
  return { kind: 'ready' };
});
parentPort?.on('message', (invocation: Invocation) => {
  void answer(async () => {
    const handler = await loading;
    const result = await handler(parseJson(invocation.event), contextOf(invocation));
    // Lambda answers in JSON; undefined becomes null.
    return { kind: 'returned', payload: JSON.stringify(result) ?? 'null' };
  });
});

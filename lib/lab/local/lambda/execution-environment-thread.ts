import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';

import type {
  EnvironmentSettings,
  FromEnvironment,
  FunctionError,
  Invocation,
  ToEnvironment,
} from './execution-environment.ts';
import { isObject, parseJson } from '../json.ts';

/**
 * The inside of an execution environment: loads the bundle once, then runs one event after the other. Runs in a worker
 * thread, whose `process.env` holds only the function's variables.
 */

type Run = (invocation: Invocation) => Promise<FromEnvironment>;
type Handler = (event: unknown, context: object) => unknown;

async function load(settings: EnvironmentSettings): Promise<Run> {
  const [, file = '', name = ''] = /^(.+)\.([^.]+)$/.exec(settings.handler) ?? [];
  const found = ['.js', '.mjs', '.cjs']
    .map((extension) => path.join(settings.directory, `${file}${extension}`))
    .find((candidate) => existsSync(candidate));
  if (found === undefined) throw fault('Runtime.ImportModuleError', `Cannot find module '${file}'`);
  keepInside(settings.directory);
  const exported: unknown = await import(pathToFileURL(found).href);
  const handler = isObject(exported) ? exported[name] : undefined;
  if (typeof handler !== 'function')
    throw fault('Runtime.HandlerNotFound', `${settings.handler} is undefined or not exported`);
  return async (invocation) => {
    process.env['_X_AMZN_TRACE_ID'] = invocation.traceId;
    const result = await (handler as Handler)(parseJson(invocation.event), contextOf(settings, invocation));
    // Lambda answers in JSON; undefined becomes null.
    return { kind: 'returned', payload: JSON.stringify(result) ?? 'null' };
  };
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

function contextOf(settings: EnvironmentSettings, { requestId, deadlineMs }: Invocation): object {
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: settings.functionName,
    functionVersion: '1',
    getRemainingTimeInMillis: () => Math.max(deadlineMs - Date.now(), 0),
    invokedFunctionArn: settings.arn,
    logGroupName: `/aws/lambda/${settings.functionName}`,
    logStreamName: 'local',
    memoryLimitInMB: String(settings.memoryMb),
  };
}

function fault(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function describe(error: unknown): FunctionError {
  return error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: error.stack ?? '' }
    : { errorType: typeof error, errorMessage: String(error), trace: '' };
}

let run: Run | undefined;

async function answer(message: ToEnvironment): Promise<FromEnvironment> {
  if (message.kind === 'load') {
    run = await load(message);
    return { kind: 'ready' };
  }
  if (run === undefined) throw new Error('Bug: an event before the function was loaded');
  return run(message);
}

parentPort?.on('message', (message: ToEnvironment) => {
  void answer(message)
    .catch((error: unknown): FromEnvironment => ({ kind: 'failed', ...describe(error) }))
    .then((outcome) => parentPort?.postMessage(outcome, []));
});

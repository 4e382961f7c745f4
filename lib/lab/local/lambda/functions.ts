import { appendFileSync, chmodSync } from 'node:fs';
import path from 'node:path';

import { escaped } from '../../../../functions/http/csv.ts';
import type { PaymentsTable } from '../dynamodb/payments-table.ts';
import { isObject, parseJson } from '../json.ts';
import type { LocalRunOptions, Log } from '../options.ts';
import type { Provider } from '../provider.ts';
import type { Plan } from '../template/plan.ts';
import { functionEnvironment } from './function-environment.ts';
import { type LambdaHost, type LogLine, startLambdaHost } from './lambda-host.ts';

export interface FunctionsOptions {
  readonly plan: Plan;
  readonly options: Pick<LocalRunOptions, 'directory' | 'eventsUrl' | 'quietPeriodSeconds'>;
  readonly table: PaymentsTable;
  readonly provider: Provider;
  readonly secretsManagerUrl: string;
  readonly eventBusUrl: string;
  readonly log: Log;
}

/** The template's functions, with the addresses of this machine's services. */
export function startFunctions(given: FunctionsOptions): LambdaHost {
  const { plan, options, table, provider, secretsManagerUrl, eventBusUrl, log } = given;
  const overlay = {
    region: plan.region,
    dynamoDbUrl: table.url,
    secretsManagerUrl,
    iamportUrl: provider.url,
    eventBusUrl,
    eventsUrl: options.eventsUrl,
    quietPeriodSeconds: options.quietPeriodSeconds,
    credentials: table.credentials,
  };
  return startLambdaHost({
    functions: plan.functions,
    environmentOf: (functionPlan) => functionEnvironment(functionPlan, overlay),
    log: createFunctionLog(options.directory, (line) => log('function', line)),
  });
}

/** Every line that a function writes goes to `functions.log` as it is, and in short to `tell` (the terminal). */
function createFunctionLog(directory: string, tell: (line: string) => void): LogLine {
  const file = path.join(directory, 'functions.log');
  // At the start, so that an unwritable file is reported then; an older file may have other permissions.
  appendFileSync(file, '', { mode: 0o600 });
  chmodSync(file, 0o600);
  return (functionName, line) => {
    // Synchronous, so that the last lines before a crash or a `kill -9` are written.
    appendFileSync(file, `${new Date().toISOString()} ${functionName} ${line}\n`);
    tell(readable(shortName(functionName), line));
  };
}

/** `RefundService-ServiceCancelPaymentFunction34D66F05` without stack and hash. */
function shortName(functionName: string): string {
  return functionName.replace(/^.*-/, '').replace(/[0-9A-F]{8}$/, '');
}

/** Fields that people do not need, or that the line's beginning already shows. */
const LEFT_OUT = new Set(['_aws', 'event', 'level', 'message', 'timestamp']);

/**
 * `cancel-payment INFO cancelled merchant_uid=order-1 amount=1000`, from a line of JSON; other lines stay as they are. Nothing in
 * it acts on a terminal.
 */
export function readable(functionName: string, line: string): string {
  const fields = structured(line);
  if (fields === undefined) return escaped(`${functionName} ${line}`);
  const rest = Object.entries(fields).filter(([name, value]) => !LEFT_OUT.has(name) && value !== undefined);
  const words = [fields['level'], fields['event'], fields['message']].filter(
    (word) => typeof word === 'string',
  );
  return escaped(
    [functionName, ...words, ...rest.map(([name, value]) => `${name}=${short(value)}`)].join(' '),
  );
}

function structured(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = parseJson(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function short(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

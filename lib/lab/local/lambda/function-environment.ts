import { appendFileSync, chmodSync } from 'node:fs';
import path from 'node:path';

import { escaped } from '../../../../functions/http/csv.ts';
import { ENVIRONMENT } from '../../../../functions/runtime/environment.ts';
import { LOOPBACK } from '../http-server.ts';
import { isObject, parseJson } from '../json.ts';
import type { FunctionPlan } from '../template/plan.ts';
import type { LogLine } from './lambda-host.ts';

/** Addresses of this machine's services, in place of AWS's. */
export interface Overlay {
  readonly region: string;
  readonly dynamoDbUrl: string;
  readonly secretsManagerUrl: string;
  readonly iamportUrl: string;
  /** Address of the bus and of its queues. */
  readonly eventBusUrl: string;
  /** The address to which events are posted. */
  readonly eventsUrl?: string | undefined;
  readonly quietPeriodSeconds: number | undefined;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * The environment of a function: what Lambda sets, what the template sets, and, as the only difference from AWS, the
 * addresses of the services on this machine, invalid credentials, and the settings that a start of the local run
 * may change. A setting only replaces a variable of the template; it adds none.
 */
export function functionEnvironment(plan: FunctionPlan, overlay: Overlay): Readonly<Record<string, string>> {
  const { name, handler, directory, memoryMb, environment } = plan;
  const addresses = environment[ENVIRONMENT.webhookSourceAddresses]?.split(',') ?? [];
  const settings = {
    [ENVIRONMENT.apiUrl]: overlay.iamportUrl,
    [ENVIRONMENT.eventsUrl]: overlay.eventsUrl,
    [ENVIRONMENT.quietPeriodSeconds]: overlay.quietPeriodSeconds?.toString(),
    // The simulator's webhooks come from this machine.
    [ENVIRONMENT.webhookSourceAddresses]: [...addresses, LOOPBACK].filter(Boolean).join(','),
  };
  const changed = Object.entries(settings).flatMap(([variable, value]) =>
    value === undefined || environment[variable] === undefined ? [] : [[variable, value] as const],
  );
  return {
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    _HANDLER: handler,
    AWS_DEFAULT_REGION: overlay.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '1',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_REGION: overlay.region,
    LAMBDA_TASK_ROOT: directory,
    ...environment,
    ...Object.fromEntries(changed),
    AWS_ENDPOINT_URL_DYNAMODB: overlay.dynamoDbUrl,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: overlay.secretsManagerUrl,
    AWS_ENDPOINT_URL_EVENTBRIDGE: overlay.eventBusUrl,
    AWS_ENDPOINT_URL_SQS: overlay.eventBusUrl,
    AWS_ACCESS_KEY_ID: overlay.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: overlay.credentials.secretAccessKey,
  };
}

/** Every line that a function writes goes to `functions.log` as it is, and in short to `print` (the terminal). */
export function createFunctionLog(directory: string, print: (line: string) => void): LogLine {
  const file = path.join(directory, 'functions.log');
  // At the start, so that an unwritable file is reported then; an older file may have other permissions.
  appendFileSync(file, '', { mode: 0o600 });
  chmodSync(file, 0o600);
  return (functionName, line) => {
    // Synchronous, so that the last lines before a crash or a `kill -9` are written.
    appendFileSync(file, `${new Date().toISOString()} ${functionName} ${line}\n`);
    print(readable(shortName(functionName), line));
  };
}

/** `RefundService-ServiceCancelPaymentFunction34D66F05` without stack and hash. */
function shortName(functionName: string): string {
  return functionName.replace(/^.*-/, '').replace(/[0-9A-F]{8}$/, '');
}

/**
 * `cancel-payment INFO cancelled merchant_uid=order-1 amount=1000`, from a line of JSON; other lines stay as they are. Nothing in
 * it acts on a terminal.
 */
export function readable(functionName: string, line: string): string {
  const { level, event, message, timestamp: _, _aws: __, ...rest } = fieldsIn(line);
  const words = [functionName, level, event, message].filter((word) => typeof word === 'string');
  const others = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return escaped([...words, ...others].join(' '));
}

function fieldsIn(line: string): Readonly<Record<string, unknown>> {
  try {
    const value = parseJson(line);
    if (isObject(value)) return value;
  } catch {
    // It is text.
  }
  return { message: line };
}

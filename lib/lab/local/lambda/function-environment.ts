import { ENVIRONMENT } from '../../../../functions/runtime/environment.ts';
import { LOOPBACK } from '../http-server.ts';
import type { FunctionPlan } from '../template/plan.ts';

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
  const settings = settingsFor(plan.environment, overlay);
  const changed = Object.entries(settings).filter(
    ([name, value]) => value !== undefined && plan.environment[name] !== undefined,
  );
  return {
    ...setByLambda(plan, overlay.region),
    ...plan.environment,
    ...Object.fromEntries(changed),
    AWS_ENDPOINT_URL_DYNAMODB: overlay.dynamoDbUrl,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: overlay.secretsManagerUrl,
    AWS_ENDPOINT_URL_EVENTBRIDGE: overlay.eventBusUrl,
    AWS_ENDPOINT_URL_SQS: overlay.eventBusUrl,
    AWS_ACCESS_KEY_ID: overlay.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: overlay.credentials.secretAccessKey,
  };
}

function settingsFor(
  environment: FunctionPlan['environment'],
  { iamportUrl, eventsUrl, quietPeriodSeconds }: Overlay,
): Readonly<Record<string, string | undefined>> {
  const { apiUrl, eventsUrl: events, quietPeriodSeconds: quietPeriod, webhookSourceAddresses } = ENVIRONMENT;
  const addresses = environment[webhookSourceAddresses] ?? '';
  return {
    [apiUrl]: iamportUrl,
    [events]: eventsUrl,
    [quietPeriod]: quietPeriodSeconds?.toString(),
    // The simulator's webhooks come from this machine.
    [webhookSourceAddresses]: [...addresses.split(',').filter((address) => address !== ''), LOOPBACK].join(
      ',',
    ),
  };
}

/** A variable of the functions, from this start's settings or the template; undefined if no function has it. */
export function quietPeriodSecondsOf(
  functions: readonly Pick<FunctionPlan, 'environment'>[],
  setting: number | undefined,
): number | undefined {
  const told = functions
    .map(({ environment }) => environment[ENVIRONMENT.quietPeriodSeconds])
    .find((seconds) => seconds !== undefined);
  return told === undefined ? undefined : (setting ?? Number(told));
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
function setByLambda(
  { name, handler, directory, memoryMb }: FunctionPlan,
  region: string,
): Record<string, string> {
  return {
    _HANDLER: handler,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '1',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_REGION: region,
    LAMBDA_TASK_ROOT: directory,
  };
}

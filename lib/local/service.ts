import { createControls } from './controls/controls.ts';
import { iamportControls } from './controls/iamport.ts';
import { infoControls } from './controls/info.ts';
import { paymentControls } from './controls/payments.ts';
import { resolverControls } from './controls/resolver.ts';
import { timelineControls } from './controls/timeline.ts';
import { tokenControls } from './controls/tokens.ts';
import type { DataServices } from './data-services.ts';
import type { Rooms } from './front-door.ts';
import { functionEnvironment } from './lambda/function-environment.ts';
import { createFunctionLog } from './lambda/function-log.ts';
import { createGateway } from './gateway/gateway.ts';
import { type LambdaHost, startLambdaHost } from './lambda/lambda-host.ts';
import { loadPages } from './pages.ts';
import type { Plan, SecretPlan } from './template/plan.ts';
import type { AuthorizerPlan } from './template/plan-api.ts';
import type { LocalRunOptions, Log } from './options.ts';
import { startScheduler } from './scheduler.ts';
import { startSecretsManager } from './secrets.ts';
import type { Started } from './started.ts';
import { unplayable } from './template/template.ts';
import { createTokenIssuer } from './token-issuer.ts';

export interface ServiceOptions {
  readonly options: LocalRunOptions;
  readonly plan: Plan;
  readonly data: DataServices;
  readonly url: string;
  readonly log: Log;
}

export interface Service {
  readonly rooms: Rooms;
  readonly host: LambdaHost;
}

const MINUTE_MS = 60_000;

/** Starts what runs the functions and lets requests in: everything but the data. */
export async function startService(given: ServiceOptions, started: Started): Promise<Service> {
  const { options, plan, data, url } = given;
  const secret = onlyOne(plan.secrets, 'secret');
  const schedule = onlyOne(
    plan.schedules.filter(({ rateMs }) => rateMs <= MINUTE_MS),
    'schedule that runs every minute',
  );
  const issuer = await createTokenIssuer(options.directory, trustedBy(plan));
  const secrets = started.keep(await startSecretsManager([{ ...secret, value: secretValue(data) }]));
  const host = started.keep(startFunctions(given, secrets.url));
  const everySeconds = options.resolveEverySeconds;
  const everyMs = typeof everySeconds === 'number' ? everySeconds * 1000 : everySeconds;
  const scheduler = started.keep(startScheduler({ schedule, everyMs }, host));
  const { keys } = issuer;
  const gateway = createGateway({ api: plan.api, keys, invoke: host.invoke, now: Date.now });
  const controls = createControls([
    ...infoControls({ plan, data, url, secret, secretsManagerUrl: secrets.url, issuer }),
    ...tokenControls(issuer),
    ...paymentControls({ provider: data.provider, dynamoDb: data.dynamoDb, tableName: data.table.name }),
    ...timelineControls(data.dynamoDb, data.table.name),
    ...resolverControls({ host, scheduler, functionId: schedule.functionId }),
    ...iamportControls(data.provider),
  ]);
  return { rooms: { gateway, controls, pages: await loadPages() }, host };
}

function startFunctions({ options, plan, data, log }: ServiceOptions, secretsManagerUrl: string): LambdaHost {
  const overlay = {
    region: plan.region,
    dynamoDbUrl: data.dynamoDbUrl,
    secretsManagerUrl,
    iamportUrl: data.provider.url,
    quietPeriodSeconds: options.quietPeriodSeconds,
    credentials: data.awsCredentials,
  };
  return startLambdaHost({
    functions: plan.functions,
    environmentOf: (functionPlan) => functionEnvironment(functionPlan, overlay),
    log: createFunctionLog(options.directory, (line) => log('function', line)),
  });
}

function secretValue({ iamportCredentials: { impKey, impSecret } }: DataServices): string {
  return JSON.stringify({ imp_key: impKey, imp_secret: impSecret });
}

/** Whom the API trusts; the local issuer has one name, so all routes have to agree. */
function trustedBy({ api }: Plan): AuthorizerPlan {
  const authorizers = api.routes.flatMap(({ authorizer }) => authorizer ?? []);
  const [first] = authorizers;
  if (first === undefined || authorizers.some(({ issuer }) => issuer !== first.issuer)) {
    throw unplayable('The local run plays an API whose authorizers trust one issuer');
  }
  return first;
}

function onlyOne<Part extends SecretPlan | Plan['schedules'][number]>(
  parts: readonly Part[],
  name: string,
): Part {
  const [only, ...others] = parts;
  if (only === undefined || others.length > 0) throw unplayable(`The local run plays exactly one ${name}`);
  return only;
}

import { rmSync } from 'node:fs';
import path from 'node:path';

import type { IamportSimulator } from '../simulator/simulator.ts';
import { type Parts, startControls } from './controls/all.ts';
import { startPaymentsTable } from './dynamodb/payments-table.ts';
import { inOneLine, mendable } from './errors.ts';
import { startEventBus, startEventFlow } from './events.ts';
import { createPages, openFrontDoor, type Services } from './front-door.ts';
import { createGateway, withOrigins } from './gateway/gateway.ts';
import { type HttpServer, noPages, readBody, startHttpServer } from './http-server.ts';
import { isObject, parseJson } from './json.ts';
import { createFunctionLog, functionEnvironment } from './lambda/function-environment.ts';
import { startLambdaHost } from './lambda/lambda-host.ts';
import { emptySimulator, lockDirectory, openLocalData } from './local-data.ts';
import { createOidc, oidcIssuers } from './oidc.ts';
import type { LocalRunOptions } from './options.ts';
import { type Provider, startProvider } from './provider.ts';
import { type SchedulerOptions, startScheduler } from './scheduler.ts';
import { keptAssembly, readAssembly } from './template/assembly.ts';
import { functionIdOf, type Plan, planService, RESOLVER, type SecretPlan } from './template/plan.ts';
import { createTokenIssuer } from './token-issuer.ts';

export interface LocalRun {
  /** `http://127.0.0.1:port`, of the API and everything else. */
  readonly url: string;
  /** Names of the two tables. */
  readonly tables: { readonly orders: string; readonly ledger: string };
  /** undefined where `iamportApiUrl` names another i'mport. */
  readonly simulator: IamportSimulator | undefined;
  /** Whose pages may call the API, beside the local run's own. */
  readonly allowedOrigins: readonly string[];
  /** Stops everything, the last started first. */
  readonly end: () => Promise<void>;
}

/** No real secret: it is printed and the same for everybody. */
const DEFAULT_EVENTS_SECRET = `whsec_${Buffer.from('the local run of iamport-refunds').toString('base64')}`;

/** The region that the local run reports (Seoul). Nothing is sent there. */
const REGION = 'ap-northeast-2';

/**
 * Runs the synthesized template on the loopback address. @throws LocalRunError for a problem that the caller can fix; all
 * started parts are stopped.
 */
export async function startLocalRun(options: LocalRunOptions): Promise<LocalRun> {
  const started = new AsyncDisposableStack();
  const keep: Keep = (service) => {
    started.defer(() => service.end());
    return service;
  };
  try {
    return { ...(await start(options, keep)), end: () => started.disposeAsync() };
  } catch (error) {
    // Report the first error, which is the cause.
    await started.disposeAsync().catch(() => undefined);
    throw mendable(error, options.directory);
  }
}

/** Registers a started part for the end, and returns it. The parts end in reverse order, also after a failure of one. */
type Keep = <Service extends { readonly end: () => Promise<void> | void }>(service: Service) => Service;

/** Starts the parts from top to bottom. */
async function start(options: LocalRunOptions, keep: Keep): Promise<Omit<LocalRun, 'end'>> {
  const { directory, log = () => undefined, signal, eventsUrl, quietPeriodSeconds } = options;
  const onFault = (error: unknown): void => log('fault', inOneLine(error));

  // The port comes first, to detect a used port and to know the address. It answers "try again" for now.
  const door = keep(await openFrontDoor(options.port, onFault));
  // The directory, which no other run may use.
  keep(await lockDirectory(directory, door));
  // The template, which defines the rest; synthesized only after a change.
  const plan = await planned(options);
  signal?.throwIfAborted();

  // The tables, the events and i'mport, which are kept between starts.
  log('progress', 'Starting the tables, the secret, the functions');
  const { table, provider, bus } = await startKept({ plan, options, url: door.url, onFault }, keep);
  signal?.throwIfAborted();
  const { eventsSecret = DEFAULT_EVENTS_SECRET } = options;
  const secrets = keep(await startSecretsManager(secretsOf(plan, provider, eventsSecret), onFault));

  // The functions, and their triggers: schedules, the ledger's stream, events to post.
  const { region, schedules } = plan;
  const { url: dynamoDbUrl, credentials } = table;
  const services = { dynamoDbUrl, credentials, secretsManagerUrl: secrets.url, eventBusUrl: bus.url };
  const overlay = { region, ...services, iamportUrl: provider.url, eventsUrl, quietPeriodSeconds };
  const host = keep(
    startLambdaHost({
      functions: plan.functions,
      environmentOf: (each) => functionEnvironment(each, overlay),
      log: createFunctionLog(directory, (line) => log('function', line)),
    }),
  );
  keep(startScheduler({ schedules, faster: fasterOf(plan, options) }, host));
  keep(startEventFlow({ plan, bus, table, host, onFault }));

  // The API, the controls and the pages; from here on requests are served. This part ends first.
  const issuer = await createTokenIssuer(directory, plan.api.trust);
  const parts = { plan, options, table, provider, url: door.url, secretsUrl: secrets.url, bus, issuer, host };
  const served = servicesOf({ ...parts, eventsSecret }, options);
  keep(door.serve({ ...served, log }));
  return {
    url: door.url,
    tables: { orders: plan.tables.orders.TableName, ledger: plan.tables.ledger.TableName },
    simulator: provider.simulator,
    allowedOrigins: served.allowedOrigins,
  };
}

interface Secret extends SecretPlan {
  readonly value: string;
}

/** I'mport's credentials, and the signing secret of the events. */
function secretsOf(plan: Plan, { credentials }: Provider, eventsSecret: string): readonly Secret[] {
  const { impKey: imp_key, impSecret: imp_secret } = credentials;
  const own = { ...plan.secret, value: JSON.stringify({ imp_key, imp_secret }) };
  return plan.eventsSecret === undefined ? [own] : [own, { ...plan.eventsSecret, value: eventsSecret }];
}

/** Implements the part of Secrets Manager's protocol (JSON 1.1) that reads a secret. */
function startSecretsManager(
  secrets: readonly Secret[],
  onFault: (error: unknown) => void,
): Promise<HttpServer> {
  return startHttpServer({ port: 0, guard: noPages, onFault }, async (request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    };
    if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue')
      return answer(400, { __type: 'UnknownOperationException' });
    const body = parseJson((await readBody(request)).toString());
    const id = isObject(body) ? body['SecretId'] : undefined;
    const secret = secrets.find(({ arn, name }) => arn === id || name === id);
    if (secret === undefined) return answer(400, { __type: 'ResourceNotFoundException' });
    const { arn: ARN, name: Name, value: SecretString } = secret;
    return answer(200, { ARN, Name, SecretString, VersionStages: ['AWSCURRENT'] });
  });
}

function servicesOf(parts: Parts, { allowedOrigins = [] }: LocalRunOptions): Omit<Services, 'log'> {
  const { plan, issuer, host, url } = parts;
  const api = withOrigins(plan.api, allowedOrigins);
  const trust = { keys: issuer.keys, issuerAliases: oidcIssuers(url) };
  const controls = startControls(parts);
  // The sign-in pages need no token, so they have the same guard as the controls.
  const oidc = createOidc({ issuer, now: Date.now });
  return {
    gateway: createGateway({ api, ...trust, invoke: host.invoke, now: Date.now }),
    controls: async (request) => (await oidc(request)) ?? controls(request),
    pages: createPages(issuer.audience),
    allowedOrigins: api.cors?.AllowOrigins ?? [],
  };
}

async function planned({ assembly, directory, log, signal }: LocalRunOptions): Promise<Plan> {
  const kept = path.resolve(directory, 'assembly');
  const onSynthesis = (): void => log?.('progress', 'Synthesizing the stack');
  if (assembly === undefined) await keptAssembly(kept, { onSynthesis, signal });
  return planService(await readAssembly(assembly ?? kept), REGION);
}

interface KeptOptions {
  readonly plan: Plan;
  readonly options: LocalRunOptions;
  /** Of the local run. */
  readonly url: string;
  readonly onFault: (error: unknown) => void;
}

/** The tables with their events, and i'mport, which are emptied together or not at all. */
async function startKept({ plan, options, url, onFault }: KeptOptions, keep: Keep) {
  const notice = (line: string): void => options.log?.('notice', line);
  const { dynamodbUrl, iamportApiUrl, eventsUrl } = options;
  const { region, events } = plan;
  const kept = { embedsTable: dynamodbUrl === undefined, simulates: iamportApiUrl === undefined };
  const data = openLocalData(options.directory, kept);
  const { tableDirectory, simulatorDirectory, eventsDirectory, remedy } = data;
  if (data.notice !== undefined) notice(data.notice);
  const table = keep(
    await startPaymentsTable({ plan, dynamodbUrl, directory: tableDirectory, remedy, onFault }),
  );
  const ledger = `The table ${plan.tables.ledger.TableName}`;
  if (table.isNew) {
    if (emptySimulator(simulatorDirectory))
      notice(`${ledger} is new, so the payments of the simulator were emptied as well.`);
    rmSync(eventsDirectory, { recursive: true, force: true });
  }
  if (table.streamArn === undefined) notice(`${ledger} has no stream, so no events are sent: ${remedy}.`);
  const pattern = eventsUrl === undefined ? undefined : events.forwarding?.pattern;
  if (eventsUrl !== undefined && pattern === undefined)
    notice('The template has no function that posts events (eventsUrl), so none go to EVENTS_URL.');
  const bus = keep(await startEventBus({ directory: eventsDirectory, region, pattern, notice, onFault }));
  const webhookUrl = `${url}/webhooks/iamport`;
  const provider = keep(await startProvider(options, webhookUrl, simulatorDirectory));
  return { table, provider, bus };
}

/** RESOLVE_EVERY_SECONDS applies to the resolver; other schedules keep the template's times. */
function fasterOf(plan: Plan, { resolveEverySeconds }: LocalRunOptions): SchedulerOptions['faster'] {
  return typeof resolveEverySeconds === 'number'
    ? { functionId: functionIdOf(plan, RESOLVER), everyMs: resolveEverySeconds * 1000 }
    : resolveEverySeconds;
}

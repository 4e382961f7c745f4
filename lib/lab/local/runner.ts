import { rmSync } from 'node:fs';
import path from 'node:path';

import { ENVIRONMENT } from '../../../functions/runtime/environment.ts';
import { startControls } from './controls/all.ts';
import { type PaymentsTable, startPaymentsTable } from './dynamodb/payments-table.ts';
import { inOneLine, LocalRunError, mendable } from './errors.ts';
import { type EventBus, startEventBus, startEventFlow } from './events.ts';
import { createPages, openFrontDoor, type Rooms } from './front-door.ts';
import { allowsOrigin, withOrigins } from './gateway/cors.ts';
import { createGateway } from './gateway/gateway.ts';
import type { IamportSimulator } from '../simulator/simulator.ts';
import { parseJson } from './json.ts';
import { startFunctions } from './lambda/functions.ts';
import type { LambdaHost } from './lambda/lambda-host.ts';
import { emptySimulator, lockDirectory, openLocalData } from './local-data.ts';
import { createOidc, oidcIssuers } from './oidc.ts';
import type { LocalRunOptions } from './options.ts';
import { type Provider, startProvider } from './provider.ts';
import { type SchedulerOptions, startScheduler } from './scheduler.ts';
import { startSecretsManager } from './secrets.ts';
import { keptAssembly, readAssembly } from './template/assembly.ts';
import {
  functionIdOf,
  iamportSecretOf,
  namedTables,
  type Plan,
  planService,
  RESOLVER,
  secretToldAs,
  trustedBy,
} from './template/plan.ts';
import { createTokenIssuer, type TokenIssuer } from './token-issuer.ts';

export interface LocalRun {
  /** `http://127.0.0.1:port`, of the API and everything else. */
  readonly url: string;
  /** Names of the two tables. */
  readonly tables: { readonly orders: string; readonly ledger: string };
  /** undefined where `iamportApiUrl` names another i'mport. */
  readonly simulator: IamportSimulator | undefined;
  /** Whose pages may call the API, beside the local run's own. */
  readonly allowedOrigins: readonly string[];
  /**
   * Runs a function, named by its logical id in the template or by a part of it that no other has.
   * @throws LocalRunError when there is none or it fails
   */
  readonly invoke: (functionName: string, payload: unknown) => Promise<unknown>;
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
  const started = createStarted();
  try {
    return await start(options, started);
  } catch (error) {
    // Report the first error, which is the cause.
    await started.end().catch(() => undefined);
    throw mendable(error, options.directory);
  }
}

/** Starts the parts from top to bottom; each has an `end`, and they end in reverse order. */
async function start(options: LocalRunOptions, started: Started): Promise<LocalRun> {
  const { keep, end } = started;
  const { directory, log = () => undefined, signal } = options;
  const onFault = (error: unknown): void => log('fault', inOneLine(error));

  // The port comes first, to detect a used port and to know the address. It answers "try again" for now.
  const door = keep(await openFrontDoor(options.port, onFault));
  // The directory, which no other run may use.
  keep(await lockDirectory(directory, door));
  // The template, which defines the rest; synthesized only after a change.
  const plan = await planned(options);
  const tables = namedTables(plan);
  signal?.throwIfAborted();

  // The tables and i'mport, which are kept between starts.
  log('progress', 'Starting the tables, the secret, the functions');
  const { table, provider, bus } = await startMemory({ plan, options, door, onFault }, started);
  signal?.throwIfAborted();

  // The token issuer and the secrets: i'mport's credentials and the signing secret of the events.
  const issuer = await createTokenIssuer(directory, trustedBy(plan));
  const { eventsSecret = DEFAULT_EVENTS_SECRET } = options;
  const { secret, signing } = filledSecrets(plan, provider, eventsSecret);
  const secrets = keep(await startSecretsManager([secret, ...signing], onFault));

  // The functions, and their triggers: schedules, the ledger's stream, events to post.
  const urls = { secretsManagerUrl: secrets.url, eventBusUrl: bus.url };
  const host = keep(startFunctions({ plan, options, table, provider, ...urls, log }));
  const scheduler = keep(
    startScheduler({ schedules: plan.schedules, faster: fasterOf(plan, options) }, host),
  );
  keep(startEventFlow({ plan, bus, table, host, onFault }));

  // The API, the controls and the pages; from here on requests are served. This part ends first.
  const api = withOrigins(plan.api, options.allowedOrigins ?? []);
  const trusts = { keys: issuer.keys, issuerAliases: oidcIssuers(door.url) };
  const gateway = createGateway({ api, ...trusts, invoke: host.invoke, now: Date.now });
  const parts = { options, table, provider, secret, secrets, bus, eventsSecret, issuer, host, scheduler };
  const controls = withSignIn(issuer, startControls({ ...parts, plan, tables, url: door.url }));
  const pages = createPages(issuer.audience);
  keep(door.letIn({ gateway, controls, pages, allowsOrigin: (each) => allowsOrigin(api.cors, each), log }));
  return {
    url: door.url,
    tables: { orders: tables.orders.name, ledger: tables.ledger.name },
    simulator: provider.simulator,
    allowedOrigins: api.cors?.allowOrigins ?? [],
    invoke: async (name, payload) => invoke(host, functionIdOf(plan, name), payload),
    end,
  };
}

function filledSecrets(plan: Plan, { credentials }: Provider, eventsSecret: string) {
  const { impKey, impSecret } = credentials;
  const value = JSON.stringify({ imp_key: impKey, imp_secret: impSecret });
  const signing = secretToldAs(ENVIRONMENT.eventsSecretId, plan);
  return {
    secret: { ...iamportSecretOf(plan), value },
    signing: signing === undefined ? [] : [{ ...signing, value: eventsSecret }],
  };
}

/** The sign-in pages need no token, so they have the same guard as the controls. */
function withSignIn(issuer: TokenIssuer, controls: Rooms['controls']): Rooms['controls'] {
  const oidc = createOidc({ issuer, now: Date.now });
  return async (request) => (await oidc(request)) ?? controls(request);
}

async function planned({ assembly, directory, log, signal }: LocalRunOptions): Promise<Plan> {
  if (assembly !== undefined) return planService(await readAssembly(assembly), REGION);
  const kept = path.resolve(directory, 'assembly');
  await keptAssembly(kept, { onSynthesis: () => log?.('progress', 'Synthesizing the stack'), signal });
  return planService(await readAssembly(kept), REGION);
}

interface MemoryOptions {
  readonly plan: Plan;
  readonly options: LocalRunOptions;
  readonly door: { readonly url: string };
  readonly onFault: (error: unknown) => void;
}

/** The tables and i'mport, which are emptied together or not at all. */
async function startMemory(
  { plan, options, door, onFault }: MemoryOptions,
  { keep }: Started,
): Promise<{ readonly table: PaymentsTable; readonly provider: Provider; readonly bus: EventBus }> {
  const notice = (line: string): void => options.log?.('notice', line);
  const data = openLocalData(options.directory, {
    embedsTable: options.dynamodbUrl === undefined,
    simulates: options.iamportApiUrl === undefined,
  });
  if (data.notice !== undefined) notice(data.notice);
  const { tableDirectory: directory, remedy } = data;
  const table = keep(await startPaymentsTable({ plan, options, directory, remedy, onFault }));
  if (table.isNew && emptySimulator(data)) {
    notice(
      `The table ${namedTables(plan).ledger.name} is new, so the payments of the simulator were emptied as well.`,
    );
  }
  if (table.isNew) rmSync(data.eventsDirectory, { recursive: true, force: true });
  if (table.streamArn === undefined && plan.events !== undefined)
    notice(
      `The table ${namedTables(plan).ledger.name} has no stream, so no events are told: ${data.remedy}.`,
    );
  const pattern = options.eventsUrl === undefined ? undefined : plan.events?.forwarding?.pattern;
  if (options.eventsUrl !== undefined && pattern === undefined)
    notice('The template has no function that posts events (eventsUrl), so none go to EVENTS_URL.');
  const { region } = plan;
  const bus = keep(
    await startEventBus({ directory: data.eventsDirectory, region, pattern, notice, onFault }),
  );
  const webhookUrl = `${door.url}/webhooks/iamport`;
  const provider = keep(await startProvider({ options, webhookUrl, directory: data.simulatorDirectory }));
  return { table, provider, bus };
}

/** RESOLVE_EVERY_SECONDS applies to the resolver; other schedules keep the template's times. */
function fasterOf(plan: Plan, { resolveEverySeconds }: LocalRunOptions): SchedulerOptions['faster'] {
  return typeof resolveEverySeconds === 'number'
    ? { functionId: functionIdOf(plan, RESOLVER), everyMs: resolveEverySeconds * 1000 }
    : resolveEverySeconds;
}

async function invoke(host: LambdaHost, functionId: string, payload: unknown): Promise<unknown> {
  const result = await host.invoke(functionId, JSON.stringify(payload));
  if (result.kind === 'returned') return parseJson(result.payload);
  const reason =
    result.kind === 'throttled' ? 'is busy' : `failed: ${result.errorType}: ${result.errorMessage}`;
  throw new LocalRunError(`${functionId} ${reason}`);
}

/** Things that were started, to be ended in reverse order. */
interface Started {
  /** Registers a started part for the end, and returns it. */
  readonly keep: <Service extends { readonly end: () => Promise<void> | void }>(service: Service) => Service;
  /** Ends everything, the last first. One failure does not keep the others running; the first is thrown at the end. */
  readonly end: () => Promise<void>;
}

function createStarted(): Started {
  let ends: readonly (() => Promise<void> | void)[] = [];
  return {
    keep: (service) => {
      ends = [() => service.end(), ...ends];
      return service;
    },
    end: async () => {
      const faults: unknown[] = [];
      const inOrder = ends;
      ends = [];
      await inOrder.reduce(
        (before, end) => before.then(end).catch((error: unknown) => void faults.push(error)),
        Promise.resolve(),
      );
      if (faults.length > 0) throw faults[0];
    },
  };
}

import path from 'node:path';

import { startControls } from './controls/all.ts';
import { lockDirectory } from './directory-lock.ts';
import { inOneLine, LocalRunError, mendable } from './errors.ts';
import { openFrontDoor } from './front-door.ts';
import { allowsOrigin, withOrigins } from './gateway/cors.ts';
import { createGateway } from './gateway/gateway.ts';
import type { IamportSimulator } from '../simulator/simulator.ts';
import { parseJson } from './json.ts';
import { startFunctions } from './lambda/functions.ts';
import type { LambdaHost } from './lambda/lambda-host.ts';
import { startMemory } from './memory.ts';
import type { LocalRunOptions } from './options.ts';
import { createPages } from './pages.ts';
import { type SchedulerOptions, startScheduler } from './scheduler.ts';
import { startSecretsManager } from './secrets.ts';
import { createStarted, type Started } from './started.ts';
import { readAssembly } from './template/assembly.ts';
import { functionIdOf, RESOLVER } from './template/functions.ts';
import { keptAssembly } from './template/kept-assembly.ts';
import { onlySecret, type Plan, planService, trustedBy } from './template/plan.ts';
import { createTokenIssuer } from './token-issuer.ts';

export interface LocalRun {
  /** `http://127.0.0.1:port`, of the API and everything else. */
  readonly url: string;
  readonly tableName: string;
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

/** Where the local run says it is: Seoul, i'mport's home. Nothing is ever sent there. */
const REGION = 'ap-northeast-2';

/**
 * Plays the synthesized template on the loopback address. @throws LocalRunError for what the caller can mend; what was
 * started by then is stopped.
 */
export async function startLocalRun(options: LocalRunOptions): Promise<LocalRun> {
  const started = createStarted();
  try {
    return await start(options, started);
  } catch (error) {
    // What went wrong first is what the caller needs to know.
    await started.end().catch(() => undefined);
    throw mendable(error, options.directory);
  }
}

/** The list of what is started, from the top to the bottom; each has an `end`, and they end from the bottom to the top. */
async function start(options: LocalRunOptions, { keep, end }: Started): Promise<LocalRun> {
  const { directory, log = () => undefined, signal } = options;
  const onFault = (error: unknown): void => log('fault', inOneLine(error));

  // The port, first of all: one in use is known at once, and everybody can be told the address. It answers "try again".
  const door = keep(await openFrontDoor(options.port, onFault));
  // The directory: nobody else may write into it.
  const { wasKilled } = keep(await lockDirectory(directory, door));
  // The template, which says what the rest is; synthesized only when something has changed.
  const plan = await planned(options);
  signal?.throwIfAborted();

  // The table and i'mport: what remembers payments, kept between starts.
  log('progress', 'Starting the table, the secret, the functions');
  const webhookUrl = `${door.url}/webhooks/iamport`;
  const memory = keep(await startMemory({ plan, options, webhookUrl, wasKilled, onFault }));
  const { table, provider } = memory;
  signal?.throwIfAborted();

  // Who signs people in, and the secret with i'mport's credentials.
  const issuer = await createTokenIssuer(directory, trustedBy(plan));
  const { impKey, impSecret } = provider.credentials;
  const secret = { ...onlySecret(plan), value: JSON.stringify({ imp_key: impKey, imp_secret: impSecret }) };
  const secrets = keep(await startSecretsManager([secret], onFault));

  // The functions, and the clock that runs some of them.
  const host = keep(startFunctions({ plan, options, table, provider, secretsManagerUrl: secrets.url, log }));
  const scheduler = keep(
    startScheduler({ schedules: plan.schedules, faster: fasterOf(plan, options) }, host),
  );

  // The API, the controls and the pages: from here on requests are let in, and this ends first.
  const api = withOrigins(plan.api, options.allowedOrigins ?? []);
  const gateway = createGateway({ api, keys: issuer.keys, invoke: host.invoke, now: Date.now });
  const world = { plan, options, table, provider, secret, secrets, issuer, host, scheduler, url: door.url };
  const controls = startControls(world);
  const allows = (origin: string): boolean => allowsOrigin(api.cors, origin);
  keep(door.letIn({ gateway, controls, pages: createPages(), allowsOrigin: allows, log }));
  return {
    url: door.url,
    tableName: table.plan.name,
    simulator: provider.simulator,
    allowedOrigins: api.cors?.allowOrigins ?? [],
    invoke: async (name, payload) => invoke(host, functionIdOf(plan, name), payload),
    end,
  };
}

async function planned({ assembly, directory, log, signal }: LocalRunOptions): Promise<Plan> {
  if (assembly !== undefined) return planService(await readAssembly(assembly), REGION);
  const kept = path.resolve(directory, 'assembly');
  await keptAssembly(kept, { onSynthesis: () => log?.('progress', 'Synthesizing the stack'), signal });
  return planService(await readAssembly(kept), REGION);
}

/** RESOLVE_EVERY_SECONDS speaks of the resolver; the other schedules keep the template's times. */
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

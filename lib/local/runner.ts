import { randomUUID } from 'node:crypto';
import path from 'node:path';

import { readAssembly, synthesize } from './template/assembly.ts';
import { isControl } from './controls/controls.ts';
import { lockDirectory, RUN_ID_HEADER } from './directory-lock.ts';
import { startDataServices } from './data-services.ts';
import { LocalRunError } from './errors.ts';
import { answer, type Rooms, send } from './front-door.ts';
import { startHttpServer } from './http-server.ts';
import type { IamportSimulator } from '../simulator/simulator.ts';
import { parseJson } from './json.ts';
import type { LambdaHost } from './lambda/lambda-host.ts';
import type { LocalRunOptions, Log } from './options.ts';
import { type Plan, planService } from './template/plan.ts';
import { startService } from './service.ts';
import { createStarted, type Started } from './started.ts';

export interface LocalRun {
  /** `http://127.0.0.1:port`, of the API and everything else. */
  readonly url: string;
  readonly tableName: string;
  /** undefined where `iamportApiUrl` names another i'mport. */
  readonly simulator: IamportSimulator | undefined;
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
    throw error;
  }
}

async function start(options: LocalRunOptions, started: Started): Promise<LocalRun> {
  const { directory, log = () => undefined } = options;
  const runId = randomUUID();
  let rooms: Rooms | undefined;
  // First of all, so that a port in use is known at once and the port is known to everybody.
  const server = started.keep(
    await startHttpServer({ port: options.port }, async (request, response) => {
      // Not on the API's own answers: the cloud's have no such header.
      if (isControl(request.url ?? '')) response.setHeader(RUN_ID_HEADER, runId);
      send(response, await answer(request, rooms));
    }),
  );
  const { wasKilled } = started.keep(await lockDirectory(directory, { runId, url: server.url }));

  const plan = await planned(options, log);
  log('progress', 'Starting the table, the secret, the functions');
  const webhookUrl = `${server.url}/webhooks/iamport`;
  const data = await startDataServices({ ...options, plan, webhookUrl, log, wasKilled }, started);
  const service = await startService({ options, plan, data, url: server.url, log }, started);
  rooms = service.rooms;
  started.keep({
    // The first thing to end: what comes in from here on is told to try again.
    end: () => {
      rooms = undefined;
    },
  });
  return {
    url: server.url,
    tableName: data.table.name,
    simulator: data.provider.simulator,
    invoke: async (name, payload) => invoke(service.host, functionIdOf(plan, name), payload),
    end: started.end,
  };
}

async function planned({ assembly, directory }: LocalRunOptions, log: Log): Promise<Plan> {
  if (assembly !== undefined) return planService(await readAssembly(assembly), REGION);
  log('progress', 'Synthesizing the stack');
  const fresh = path.resolve(directory, 'assembly');
  await synthesize(fresh);
  return planService(await readAssembly(fresh), REGION);
}

function functionIdOf({ functions }: Plan, name: string): string {
  const [found, ...others] = functions.filter(({ logicalId }) =>
    logicalId.toLowerCase().includes(name.toLowerCase()),
  );
  if (found !== undefined && others.length === 0) return found.logicalId;
  const ids = functions.map(({ logicalId }) => logicalId).join(', ');
  throw new LocalRunError(`${name} must name exactly one function of ${ids}`);
}

async function invoke(host: LambdaHost, functionId: string, payload: unknown): Promise<unknown> {
  const result = await host.invoke(functionId, JSON.stringify(payload));
  if (result.kind === 'returned') return parseJson(result.payload);
  const reason =
    result.kind === 'throttled' ? 'is busy' : `failed: ${result.errorType}: ${result.errorMessage}`;
  throw new LocalRunError(`${functionId} ${reason}`);
}

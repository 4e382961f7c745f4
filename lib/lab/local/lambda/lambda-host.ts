import { randomBytes, randomUUID } from 'node:crypto';

import { LocalRunError } from '../errors.ts';
import type { FunctionError, Outcome } from './execution-environment.ts';
import { Fleet } from './fleet.ts';
import type { FunctionPlan } from '../template/plan.ts';

export type InvocationResult =
  | Outcome
  /** No execution environment was to be had (in time); nothing was run. */
  | { readonly kind: 'throttled' };

/** Where a function's output goes: one call for each line. */
export type LogLine = (functionName: string, line: string) => void;

export interface InvokeOptions {
  /** @default - a new one */
  readonly traceId?: string;
  /** Called when the event has its environment, after any wait in line. */
  readonly onStart?: () => void;
}

/** Runs the functions of the template, each event in an execution environment of its own as Lambda does. */
export interface LambdaHost {
  /** Runs one event (JSON text) and waits for it, as `RequestResponse` does. Never rejects for what the function does. */
  readonly invoke: (functionId: string, event: string, options?: InvokeOptions) => Promise<InvocationResult>;
  readonly end: () => Promise<void>;
}

export interface LambdaHostOptions {
  readonly functions: readonly FunctionPlan[];
  /** The whole environment of a function. */
  readonly environmentOf: (plan: FunctionPlan) => Readonly<Record<string, string>>;
  readonly log: LogLine;
  /** How many environments there may be in all. @default - what one machine bears */
  readonly maxEnvironments?: number;
  /** How long an event waits in line when all are busy. @default - as long as an HTTP API waits */
  readonly patienceMs?: number;
}

/** What one machine bears: an environment in use takes some 50 MB. The cloud's default is 1,000 for an account. */
const MAX_ENVIRONMENTS = 16;
/** As long as an HTTP API waits for a function; by then the client has long stopped waiting. */
const PATIENCE_MS = 30_000;

export function startLambdaHost(options: LambdaHostOptions): LambdaHost {
  const { functions, environmentOf, log } = options;
  const { maxEnvironments = MAX_ENVIRONMENTS, patienceMs = PATIENCE_MS } = options;
  // In the cloud an idle environment takes nobody's place; here it makes room for another function's.
  const makeRoom = (): boolean => {
    const all = [...fleets.values()];
    const isFull = all.reduce((sum, fleet) => sum + fleet.size, 0) >= maxEnvironments;
    return !isFull || all.some((fleet) => fleet.endAnIdleOne());
  };
  const fleets = new Map(
    functions.map((plan) => {
      const ownLog = (line: string): void => log(plan.name, line);
      return [
        plan.logicalId,
        new Fleet({ plan, env: environmentOf(plan), log: ownLog, makeRoom, patienceMs }),
      ];
    }),
  );
  let isEnding = false;
  const fleetOf = (functionId: string): Fleet => {
    const fleet = fleets.get(functionId);
    if (fleet === undefined) throw new LocalRunError(`The template has no function ${functionId}`);
    return fleet;
  };
  const invoke: LambdaHost['invoke'] = async (
    functionId,
    event,
    { traceId = newTraceId(), onStart } = {},
  ) => {
    const fleet = fleetOf(functionId);
    const environment = await fleet.take();
    if (environment === undefined) return { kind: 'throttled' };
    onStart?.();
    const requestId = randomUUID();
    const outcome = await environment.run({ requestId, event, traceId }, fleet.plan.timeoutMs);
    fleet.giveBack(environment);
    // What is idle now is room for those who wait for another function.
    for (const other of fleets.values()) if (other !== fleet) other.growForTheWaiting();
    if (outcome.kind === 'failed' && !isEnding) log(fleet.plan.name, errorLine(requestId, outcome));
    return outcome;
  };

  return {
    invoke,
    end: async () => {
      isEnding = true;
      await Promise.all([...fleets.values()].map((fleet) => fleet.end()));
    },
  };
}

function newTraceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')};Sampled=0`;
}

function errorLine(requestId: string, { errorType, errorMessage, trace }: FunctionError): string {
  const frame = trace
    .split('\n')
    .find((line) => line.trimStart().startsWith('at '))
    ?.trim();
  return `ERROR ${requestId} ${errorType}: ${errorMessage} ${frame ?? ''}`;
}

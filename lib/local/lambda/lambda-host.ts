import { randomBytes, randomUUID } from 'node:crypto';

import { LocalRunError } from '../errors.ts';
import type { FunctionError, Outcome } from './execution-environment.ts';
import { Fleet } from './fleet.ts';
import type { FunctionPlan } from '../template/plan.ts';

export type InvocationResult =
  | Outcome
  /** All execution environments that the function may have are busy; nothing was run. */
  | { readonly kind: 'throttled' };

/** Where a function's output goes: one call for each line. */
export type LogLine = (functionName: string, line: string) => void;

/** Runs the functions of the template, each event in an execution environment of its own as Lambda does. */
export interface LambdaHost {
  /** Runs one event (JSON text) and waits for it, as `RequestResponse` does. Never rejects for what the function does. */
  readonly invoke: (functionId: string, event: string, traceId?: string) => Promise<InvocationResult>;
  readonly end: () => Promise<void>;
}

export interface LambdaHostOptions {
  readonly functions: readonly FunctionPlan[];
  /** The whole environment of a function. */
  readonly environmentOf: (plan: FunctionPlan) => Readonly<Record<string, string>>;
  readonly log: LogLine;
  /** How many environments there may be in all. @default - what one machine bears */
  readonly maxEnvironments?: number;
}

/** What one machine bears; the cloud's default is 1,000 for an account. */
const MAX_ENVIRONMENTS = 100;

export function startLambdaHost(options: LambdaHostOptions): LambdaHost {
  const { functions, environmentOf, log, maxEnvironments = MAX_ENVIRONMENTS } = options;
  const fleets = new Map(
    functions.map((plan) => [
      plan.logicalId,
      new Fleet(plan, environmentOf(plan), (line) => log(plan.name, line)),
    ]),
  );
  let isEnding = false;
  const fleetOf = (functionId: string): Fleet => {
    const fleet = fleets.get(functionId);
    if (fleet === undefined) throw new LocalRunError(`The template has no function ${functionId}`);
    return fleet;
  };
  // In the cloud an idle environment takes nobody's place; here it makes room for another function's.
  const makeRoom = (): boolean => {
    const all = [...fleets.values()];
    const isFull = all.reduce((sum, fleet) => sum + fleet.size, 0) >= maxEnvironments;
    return !isFull || all.some((fleet) => fleet.endAnIdleOne());
  };

  const invoke: LambdaHost['invoke'] = async (functionId, event, traceId = newTraceId()) => {
    const fleet = fleetOf(functionId);
    const environment = await fleet.take(makeRoom);
    if (environment === undefined) return { kind: 'throttled' };
    const requestId = randomUUID();
    const outcome = await environment.run({ requestId, event, traceId }, fleet.plan.timeoutMs);
    fleet.giveBack(environment);
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

import type { InvocationResult, LambdaHost } from '../lambda/lambda-host.ts';
import { parseJson } from '../json.ts';
import type { Scheduler } from '../scheduler.ts';
import { type Control, ControlError } from './control.ts';

export interface ResolverWorld {
  readonly host: LambdaHost;
  readonly scheduler: Scheduler;
  /** The schedule's target. */
  readonly functionId: string;
}

/** Everything in doubt, whether its time has come or not. */
const EVENT = JSON.stringify({ all: true });

/** Runs the resolver now and answers when it has finished. */
export function resolverControls({ host, scheduler, functionId }: ResolverWorld): readonly Control[] {
  const run = async (): Promise<InvocationResult> => {
    const result = await host.invoke(functionId, EVENT);
    if (result.kind !== 'throttled') return result;
    // The schedule's own run has the only place there is.
    await scheduler.idle();
    return host.invoke(functionId, EVENT);
  };
  return [
    {
      route: 'POST /_local/resolve',
      run: async () => {
        const result = await run();
        if (result.kind === 'returned') return { status: 200, body: parseJson(result.payload) };
        if (result.kind === 'throttled') throw new ControlError(503, 'The resolver is busy: ask again');
        throw new ControlError(500, `The resolver failed: ${result.errorType}: ${result.errorMessage}`);
      },
    },
  ];
}

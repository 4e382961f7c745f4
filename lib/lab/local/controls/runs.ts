import type { InvocationResult, LambdaHost } from '../lambda/lambda-host.ts';
import { parseJson } from '../json.ts';
import type { Scheduler } from '../scheduler.ts';
import { type Control, type ControlAnswer, ControlError, refuseUnknown } from './control.ts';

export interface RunsWorld {
  readonly host: LambdaHost;
  readonly scheduler: Scheduler;
  /** Logical ids of the functions. @throws LocalRunError where the template has none */
  readonly resolver: () => string;
  readonly reconciler: () => string;
}

/** Everything in doubt, whether its time has come or not. */
const EVERYTHING = { all: true };
/** What the hourly schedule asks for. */
const RECENT = { window: 'recent' };

/** Runs now what the schedules run by the clock, and answers when it has finished. */
export function runControls({ host, scheduler, resolver, reconciler }: RunsWorld): readonly Control[] {
  const run = async (functionId: string, event: object): Promise<ControlAnswer> => {
    const invoke = (): Promise<InvocationResult> => host.invoke(functionId, JSON.stringify(event));
    let result = await invoke();
    if (result.kind === 'throttled') {
      // A run of the schedule's has the only place there is.
      await scheduler.idle();
      result = await invoke();
    }
    if (result.kind === 'returned') return { status: 200, body: parseJson(result.payload) };
    if (result.kind === 'throttled') throw new ControlError(503, `${functionId} is busy: ask again`);
    if (result.errorType === 'ReconciliationWindowError')
      throw new ControlError(400, `body.${result.errorMessage}`);
    throw new ControlError(500, `${functionId} failed: ${result.errorType}: ${result.errorMessage}`);
  };
  return [
    { route: 'POST /_local/resolve', run: () => run(resolver(), EVERYTHING) },
    {
      route: 'POST /_local/reconcile',
      run: ({ fields }) => {
        const given = fields();
        refuseUnknown(given, ['fromSeconds', 'toSeconds']);
        const isAsked = Object.keys(given.value).length > 0;
        return run(reconciler(), isAsked ? given.value : RECENT);
      },
    },
  ];
}

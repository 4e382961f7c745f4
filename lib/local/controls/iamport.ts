import { FaultScriptError, parseFaults } from '../../simulator/fault-script.ts';
import type { IamportSimulator } from '../../simulator/simulator.ts';
import type { Provider } from '../provider.ts';
import { type Control, type ControlAnswer, ControlError, refuseUnknown } from './control.ts';

/** Kept here for a page that is loaded again: only this control sends i'mport away. */
interface Weather {
  isDown: boolean;
}

/** Looks at i'mport from its own side, and makes it have good and bad days. */
export function iamportControls(provider: Provider): readonly Control[] {
  const weather: Weather = { isDown: false };
  const simulator = (): IamportSimulator => {
    if (provider.simulator !== undefined) return provider.simulator;
    throw new ControlError(
      409,
      `This needs the simulator, and IAMPORT_API_URL names another i'mport (${provider.url})`,
    );
  };
  return [
    {
      route: 'GET /_local/iamport/{imp_uid}',
      run: async ({ path: { imp_uid: impUid = '' } }) => found(await provider.payment(impUid), impUid),
    },
    { route: 'GET /_local/iamport', run: () => ok({ payments: simulator().payments() }) },
    ...faultControls(simulator, weather),
    ...consoleControls(simulator),
    ...weatherControls(simulator, weather),
  ];
}

function ok(body: unknown): ControlAnswer {
  return { status: 200, body };
}

function found(payment: unknown, impUid: string): ControlAnswer {
  if (payment === undefined || payment === null)
    throw new ControlError(404, `imp_uid: i'mport knows no ${impUid}`);
  return ok(payment);
}

function faultControls(simulator: () => IamportSimulator, weather: Weather): readonly Control[] {
  const list = (): ControlAnswer => ok({ faults: simulator().faults(), down: weather.isDown });
  return [
    { route: 'GET /_local/faults', run: list },
    {
      route: 'POST /_local/faults',
      run: ({ json }) => {
        simulator().script(refusingBadFaults(() => parseFaults(json())));
        return list();
      },
    },
    {
      route: 'DELETE /_local/faults',
      run: () => {
        simulator().clearFaults();
        return list();
      },
    },
  ];
}

function refusingBadFaults<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    throw error instanceof FaultScriptError ? new ControlError(400, error.message) : error;
  }
}

/** What a person in front of i'mport's console does. */
function consoleControls(simulator: () => IamportSimulator): readonly Control[] {
  const existing = (impUid: string): void => {
    found(simulator().payment(impUid), impUid);
  };
  return [
    {
      route: 'POST /_local/iamport/{imp_uid}/console-cancel',
      run: async ({ path: { imp_uid: impUid = '' }, fields }) => {
        existing(impUid);
        refuseUnknown(fields(), ['amount']);
        const amount = fields().numberOr('amount', undefined);
        try {
          return ok(
            await simulator().consoleCancel({ imp_uid: impUid, ...(amount !== undefined && { amount }) }),
          );
        } catch (error) {
          throw error instanceof Error ? new ControlError(400, error.message) : error;
        }
      },
    },
    {
      route: 'POST /_local/iamport/{imp_uid}/announce',
      run: async ({ path: { imp_uid: impUid = '' } }) => {
        existing(impUid);
        await simulator().announce(impUid);
        return ok(simulator().payment(impUid));
      },
    },
  ];
}

/** i'mport's time and its being there at all. */
function weatherControls(simulator: () => IamportSimulator, weather: Weather): readonly Control[] {
  return [
    {
      route: 'POST /_local/iamport/book',
      run: async ({ fields }) => {
        refuseUnknown(fields(), ['imp_uid']);
        return ok({ booked: await simulator().bookPending(fields().textOr('imp_uid', undefined)) });
      },
    },
    {
      route: 'POST /_local/iamport/advance',
      run: async ({ fields }) => {
        refuseUnknown(fields(), ['ms']);
        const ms = fields().value['ms'];
        if (typeof ms !== 'number' || !Number.isSafeInteger(ms) || ms < 0) {
          throw new ControlError(400, 'body.ms must be a whole number of milliseconds, 0 or more');
        }
        await simulator().advance(ms);
        return ok({ ms });
      },
    },
    {
      route: 'POST /_local/iamport/down',
      run: async ({ fields }) => {
        refuseUnknown(fields(), ['down']);
        const { down } = fields().value;
        if (typeof down !== 'boolean') throw new ControlError(400, 'body.down must be true or false');
        await simulator().setDown(down);
        weather.isDown = down;
        return ok({ down });
      },
    },
  ];
}

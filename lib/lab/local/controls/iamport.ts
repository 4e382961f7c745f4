import {
  FAULT_NAMES,
  FAULT_TABLE,
  FaultScriptError,
  type IamportSimulator,
  parseFaults,
} from '../../simulator/simulator.ts';
import type { Fields } from '../json.ts';
import type { Provider } from '../provider.ts';
import { type Control, ControlError, refuseUnknown, required } from './controls.ts';

interface Asked {
  readonly simulator: IamportSimulator;
  /** The payment that the path names. */
  readonly impUid: string;
  readonly given: Fields;
}

/** The controls of i'mport: its data, its faults and its actions. */
export function iamportControls(provider: Provider): readonly Control[] {
  const simulator = (): IamportSimulator => {
    if (provider.simulator !== undefined) return provider.simulator;
    throw new ControlError(
      409,
      `This needs the simulator, and IAMPORT_API_URL names another i'mport (${provider.url})`,
    );
  };
  const control: MakeControl = (route, names, run, status = 200) => ({
    route,
    run: async ({ path: { imp_uid: impUid = '' }, fields }) => {
      const given = fields();
      refuseUnknown(given, names.split(' ').filter(Boolean));
      if (route.includes('{imp_uid}')) found(simulator().payment(impUid), impUid);
      return { status, body: await run({ simulator: simulator(), impUid, given }) };
    },
  });
  return [
    {
      route: 'GET /_local/iamport/{imp_uid}',
      run: async ({ path: { imp_uid: impUid = '' } }) => ({
        status: 200,
        body: found(await provider.payment(impUid), impUid),
      }),
    },
    { route: 'GET /_local/faults/known', run: () => ({ status: 200, body: { known: FAULT_TABLE } }) },
    {
      route: 'POST /_local/faults',
      run: ({ json }) => {
        simulator().script(scripted(json()));
        return { status: 200, body: { faults: simulator().faults() } };
      },
    },
    {
      route: 'GET /_local/iamport/cancels/{tag}',
      run: ({ path: { tag } }) => ({ status: 200, body: simulator().audit(tag) }),
    },
    ...simulatorControls(control),
  ];
}

/** @param names the fields of the body, separated by spaces */
type MakeControl = (route: string, names: string, run: (asked: Asked) => unknown, status?: number) => Control;

function simulatorControls(control: MakeControl): readonly Control[] {
  return [
    control('GET /_local/iamport', '', ({ simulator }) => ({ payments: simulator.payments() })),
    control('GET /_local/faults', '', ({ simulator }) => ({ faults: simulator.faults() })),
    control('DELETE /_local/faults', 'fault imp_uid', clearFaults),
    control('POST /_local/iamport/{imp_uid}/console-cancel', 'amount reason', consoleCancel),
    control('POST /_local/iamport/{imp_uid}/undo-cancel', 'cancellation_id keep_entry', undoCancel),
    control('POST /_local/iamport/{imp_uid}/announce', '', async ({ simulator, impUid }) => {
      await simulator.announce(impUid);
      return simulator.payment(impUid);
    }),
    control('POST /_local/iamport/pay-again', 'merchant_uid imp_uid amount', payAgain, 201),
    control('GET /_local/iamport/cancels', '', ({ simulator }) => simulator.audit()),
    control('GET /_local/iamport/{imp_uid}/pending', '', ({ simulator, impUid }) => ({
      pending: simulator.pending(impUid),
    })),
    control('POST /_local/iamport/book', 'imp_uid', async ({ simulator, given }) => ({
      booked: await simulator.bookPending(given.textOr('imp_uid', undefined)),
    })),
    control('POST /_local/iamport/refuse', 'imp_uid', async ({ simulator, given }) => ({
      refused: await simulator.refusePending(given.textOr('imp_uid', undefined)),
    })),
    control('POST /_local/iamport/advance', 'ms', advance),
    control('GET /_local/iamport/down', '', ({ simulator }) => ({ down: simulator.isDown() })),
    control('POST /_local/iamport/down', 'down', async ({ simulator, given }) => {
      await simulator.setDown(given.flag('down'));
      return { down: simulator.isDown() };
    }),
  ];
}

function found(payment: unknown, impUid: string): unknown {
  if (payment !== undefined && payment !== null) return payment;
  throw new ControlError(404, `imp_uid: i'mport knows no ${impUid}`);
}

function scripted(script: unknown): ReturnType<typeof parseFaults> {
  try {
    return parseFaults(script);
  } catch (error) {
    throw error instanceof FaultScriptError ? new ControlError(400, error.message) : error;
  }
}

function clearFaults({ simulator, given }: Asked): unknown {
  const named = given.textOr('fault', undefined);
  const fault = FAULT_NAMES.find((name) => name === named);
  if (fault === undefined && named !== undefined)
    throw new ControlError(400, `body.fault must be one of ${FAULT_NAMES.join(', ')}`);
  const impUid = given.textOr('imp_uid', undefined);
  simulator.clearFaults({
    ...(fault !== undefined && { fault }),
    ...(impUid !== undefined && { imp_uid: impUid }),
  });
  return { faults: simulator.faults() };
}

function consoleCancel({ simulator, impUid, given }: Asked): unknown {
  const amount = given.numberOr('amount', undefined);
  const reason = given.textOr('reason', undefined);
  return refusing(() => simulator.consoleCancel({ imp_uid: impUid, amount, reason }));
}

function undoCancel({ simulator, impUid, given }: Asked): unknown {
  const request = {
    imp_uid: impUid,
    cancellation_id: given.textOr('cancellation_id', undefined),
    keep_entry: given.flag('keep_entry', false),
  };
  return refusing(() => simulator.undoCancel(request));
}

function payAgain({ simulator, given }: Asked): unknown {
  const impUid = given.textOr('imp_uid', undefined);
  const amount = given.numberOr('amount', undefined);
  const request = {
    merchant_uid: required(given, 'merchant_uid'),
    ...(impUid !== undefined && { imp_uid: impUid }),
    ...(amount !== undefined && { amount }),
  };
  return refusing(() => simulator.payAgain(request));
}

async function advance({ simulator, given }: Asked): Promise<unknown> {
  const { ms } = given.value;
  if (typeof ms !== 'number' || !Number.isSafeInteger(ms) || ms < 0)
    throw new ControlError(400, 'body.ms must be a whole number of milliseconds, 0 or more');
  await simulator.advance(ms);
  return { ms };
}

/** An error of the simulator is answered as the caller's mistake. */
async function refusing<Result>(run: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof Error ? new ControlError(400, error.message) : error;
  }
}

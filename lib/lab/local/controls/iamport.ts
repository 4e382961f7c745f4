import type { IamportSimulator } from '../../simulator/simulator.ts';
import type { Provider } from '../provider.ts';
import { type Control, type ControlAnswer, ControlError, refuseUnknown, required } from './controls.ts';
import { faultControls } from './faults.ts';

/** Looks at i'mport from its own side, and makes it have good and bad days. */
export function iamportControls(provider: Provider): readonly Control[] {
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
    ...faultControls(simulator),
    ...consoleControls(simulator),
    ...orderControls(simulator),
    ...auditControls(simulator),
    ...pendingControls(simulator),
    ...weatherControls(simulator),
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

type Simulator = () => IamportSimulator;

/** What a person in front of i'mport's console does, or another tool with a reason of its own. */
function consoleControls(simulator: Simulator): readonly Control[] {
  return [
    {
      route: 'POST /_local/iamport/{imp_uid}/console-cancel',
      run: async ({ path: { imp_uid: impUid = '' }, fields }) => {
        existing(simulator, impUid);
        refuseUnknown(fields(), ['amount', 'reason']);
        const amount = fields().numberOr('amount', undefined);
        const reason = fields().textOr('reason', undefined);
        return ok(await refusing(() => simulator().consoleCancel({ imp_uid: impUid, amount, reason })));
      },
    },
    {
      route: 'POST /_local/iamport/{imp_uid}/undo-cancel',
      run: async ({ path: { imp_uid: impUid = '' }, fields }) => {
        existing(simulator, impUid);
        refuseUnknown(fields(), ['cancellation_id', 'keep_entry', 'for_ms']);
        const { keep_entry: keepEntry = false } = fields().value;
        if (typeof keepEntry !== 'boolean')
          throw new ControlError(400, 'body.keep_entry must be true or false');
        const request = {
          imp_uid: impUid,
          cancellation_id: fields().textOr('cancellation_id', undefined),
          keep_entry: keepEntry,
          for_ms: fields().numberOr('for_ms', undefined),
        };
        return ok(await refusing(() => simulator().undoCancel(request)));
      },
    },
    {
      route: 'POST /_local/iamport/{imp_uid}/announce',
      run: async ({ path: { imp_uid: impUid = '' } }) => {
        existing(simulator, impUid);
        await simulator().announce(impUid);
        return ok(simulator().payment(impUid));
      },
    },
  ];
}

function existing(simulator: Simulator, impUid: string): void {
  found(simulator().payment(impUid), impUid);
}

/** What the simulator cannot do for this caller is the caller's mistake. */
async function refusing<Result>(run: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof Error ? new ControlError(400, error.message) : error;
  }
}

/** What customers do at i'mport without asking the shop. */
function orderControls(simulator: Simulator): readonly Control[] {
  return [
    {
      route: 'POST /_local/iamport/pay-again',
      run: async ({ fields }) => {
        refuseUnknown(fields(), ['merchant_uid', 'imp_uid', 'amount']);
        const impUid = fields().textOr('imp_uid', undefined);
        const amount = fields().numberOr('amount', undefined);
        const request = {
          merchant_uid: required(fields(), 'merchant_uid'),
          ...(impUid !== undefined && { imp_uid: impUid }),
          ...(amount !== undefined && { amount }),
        };
        return { status: 201, body: await refusing(() => simulator().payAgain(request)) };
      },
    },
  ];
}

/** What i'mport has received and its PGs have executed. */
function auditControls(simulator: Simulator): readonly Control[] {
  const audit = (tag?: string): ControlAnswer => ok(simulator().audit(tag));
  return [
    { route: 'GET /_local/iamport/cancels', run: () => audit() },
    { route: 'GET /_local/iamport/cancels/{tag}', run: ({ path: { tag } }) => audit(tag) },
  ];
}

/** Cancels that a PG holds: accepted, in their second step, or paid back without i'mport's knowing. */
function pendingControls(simulator: Simulator): readonly Control[] {
  return [
    {
      route: 'GET /_local/iamport/{imp_uid}/pending',
      run: ({ path: { imp_uid: impUid = '' } }) => {
        existing(simulator, impUid);
        return ok({ pending: simulator().pending(impUid) });
      },
    },
    {
      route: 'POST /_local/iamport/book',
      run: async ({ fields }) => {
        refuseUnknown(fields(), ['imp_uid']);
        return ok({ booked: await simulator().bookPending(fields().textOr('imp_uid', undefined)) });
      },
    },
    {
      route: 'POST /_local/iamport/refuse',
      run: async ({ fields }) => {
        refuseUnknown(fields(), ['imp_uid']);
        return ok({ refused: await simulator().refusePending(fields().textOr('imp_uid', undefined)) });
      },
    },
  ];
}

/** i'mport's time and its being there at all. */
function weatherControls(simulator: () => IamportSimulator): readonly Control[] {
  return [
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
    { route: 'GET /_local/iamport/down', run: () => ok({ down: simulator().isDown() }) },
    {
      route: 'POST /_local/iamport/down',
      run: async ({ fields }) => {
        refuseUnknown(fields(), ['down']);
        const { down } = fields().value;
        if (typeof down !== 'boolean') throw new ControlError(400, 'body.down must be true or false');
        await simulator().setDown(down);
        return ok({ down });
      },
    },
  ];
}

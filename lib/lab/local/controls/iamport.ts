import { FAULT_NAMES, FAULT_TABLE, type IamportSimulator, parseFaults } from '../../simulator/simulator.ts';
import type { Provider } from '../provider.ts';
import { type Control, control, ControlError, type ControlRequest, refusing, required } from './controls.ts';

interface Asked extends ControlRequest {
  readonly simulator: IamportSimulator;
  /** The payment that the path names. */
  readonly impUid: string;
  /** An optional text of the body. */
  readonly text: (name: string) => string | undefined;
  readonly number: (name: string) => number | undefined;
}

/** Makes a control that needs the simulator; `names` are the fields of the body, as `control` takes them. */
type Simulated = (
  route: string,
  names: string | undefined,
  run: (asked: Asked) => unknown,
  status?: number,
) => Control;

/** The controls of i'mport: its data, its faults and its actions. */
export function iamportControls(provider: Provider): readonly Control[] {
  const { simulator, url } = provider;
  const asked = (request: ControlRequest): Asked => {
    if (simulator === undefined) {
      const why = `This needs the simulator, and IAMPORT_API_URL names another i'mport (${url})`;
      throw new ControlError(409, why);
    }
    const { imp_uid: impUid } = request.path;
    if (impUid !== undefined) found(simulator.payment(impUid), impUid);
    const text = (name: string) => request.fields().textOr(name, undefined);
    const number = (name: string) => request.fields().numberOr(name, undefined);
    return { ...request, simulator, impUid: impUid ?? '', text, number };
  };
  const simulated: Simulated = (route, names, run, status) =>
    control(route, names, async (request) => refusing(() => run(asked(request))), status);
  return [
    control('GET /_local/faults/known', '', () => ({ known: FAULT_TABLE })),
    control('GET /_local/iamport/{imp_uid}', '', async ({ path: { imp_uid: impUid = '' } }) =>
      found(await provider.payment(impUid), impUid),
    ),
    ...faultControls(simulated),
    ...paymentControls(simulated),
    ...pgControls(simulated),
  ];
}

function found(payment: unknown, impUid: string): unknown {
  if (payment !== undefined && payment !== null) return payment;
  throw new ControlError(404, `imp_uid: i'mport knows no ${impUid}`);
}

function faultControls(simulated: Simulated): readonly Control[] {
  return [
    simulated('GET /_local/faults', '', ({ simulator }) => ({ faults: simulator.faults() })),
    simulated('POST /_local/faults', undefined, ({ simulator, json }) => {
      simulator.script(parseFaults(json()));
      return { faults: simulator.faults() };
    }),
    simulated('DELETE /_local/faults', 'fault imp_uid', ({ simulator, text }) => {
      const [named, impUid] = [text('fault'), text('imp_uid')];
      const fault = FAULT_NAMES.find((name) => name === named);
      if (fault === undefined && named !== undefined)
        throw new ControlError(400, `body.fault must be one of ${FAULT_NAMES.join(', ')}`);
      simulator.clearFaults({ ...(fault && { fault }), ...(impUid !== undefined && { imp_uid: impUid }) });
      return { faults: simulator.faults() };
    }),
  ];
}

function paymentControls(simulated: Simulated): readonly Control[] {
  return [
    simulated('GET /_local/iamport', '', ({ simulator }) => ({ payments: simulator.payments() })),
    simulated('GET /_local/iamport/{imp_uid}/pending', '', ({ simulator, impUid }) => ({
      pending: simulator.pending(impUid),
    })),
    simulated('POST /_local/iamport/{imp_uid}/console-cancel', 'amount reason', (asked) => {
      const { simulator, impUid, text, number } = asked;
      return simulator.consoleCancel({ imp_uid: impUid, amount: number('amount'), reason: text('reason') });
    }),
    simulated('POST /_local/iamport/{imp_uid}/undo-cancel', 'cancellation_id keep_entry', (asked) =>
      asked.simulator.undoCancel({
        imp_uid: asked.impUid,
        cancellation_id: asked.text('cancellation_id'),
        keep_entry: asked.fields().flag('keep_entry', false),
      }),
    ),
    simulated('POST /_local/iamport/{imp_uid}/announce', '', async ({ simulator, impUid }) => {
      await simulator.announce(impUid);
      return simulator.payment(impUid);
    }),
    simulated(
      'POST /_local/iamport/pay-again',
      'merchant_uid imp_uid amount',
      ({ simulator, fields, text, number }) => {
        const [impUid, amount] = [text('imp_uid'), number('amount')];
        return simulator.payAgain({
          merchant_uid: required(fields(), 'merchant_uid'),
          ...(impUid !== undefined && { imp_uid: impUid }),
          ...(amount !== undefined && { amount }),
        });
      },
      201,
    ),
  ];
}

function pgControls(simulated: Simulated): readonly Control[] {
  return [
    simulated('GET /_local/iamport/cancels', '', ({ simulator }) => simulator.audit()),
    simulated('GET /_local/iamport/cancels/{tag}', '', ({ simulator, path }) => simulator.audit(path['tag'])),
    simulated('POST /_local/iamport/book', 'imp_uid', async ({ simulator, text }) => ({
      booked: await simulator.bookPending(text('imp_uid')),
    })),
    simulated('POST /_local/iamport/refuse', 'imp_uid', async ({ simulator, text }) => ({
      refused: await simulator.refusePending(text('imp_uid')),
    })),
    simulated('POST /_local/iamport/advance', 'ms', async ({ simulator, number }) => {
      const ms = number('ms') ?? -1;
      if (!Number.isSafeInteger(ms) || ms < 0)
        throw new ControlError(400, 'body.ms must be a whole number of milliseconds, 0 or more');
      await simulator.advance(ms);
      return { ms };
    }),
    simulated('GET /_local/iamport/down', '', ({ simulator }) => ({ down: simulator.isDown() })),
    simulated('POST /_local/iamport/down', 'down', async ({ simulator, fields }) => {
      await simulator.setDown(fields().flag('down'));
      return { down: simulator.isDown() };
    }),
  ];
}

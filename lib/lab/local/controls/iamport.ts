import * as v from 'valibot';

import { FAULT_NAMES, FAULT_TABLE, type IamportSimulator, parseFaults } from '../../simulator/simulator.ts';
import type { Provider } from '../provider.ts';
import {
  type Asked,
  type Control,
  control,
  ControlError,
  FLAG,
  NOTHING,
  NUMBER,
  refusing,
  TEXT,
} from './controls.ts';

/** The controls of i'mport: its data, its faults and its actions. */
export function iamportControls(provider: Provider): readonly Control[] {
  const simulated = simulatedBy(provider);
  return [
    control('GET /_local/faults/known', NOTHING, () => ({ known: FAULT_TABLE })),
    control('GET /_local/iamport/{imp_uid}', NOTHING, async ({ path: { imp_uid: impUid = '' } }) =>
      found(await provider.payment(impUid), impUid),
    ),
    ...faultControls(simulated),
    ...paymentControls(simulated),
    ...pgControls(simulated),
  ];
}

type Simulated = ReturnType<typeof simulatedBy>;

/** Makes controls that need the simulator. */
function simulatedBy({ simulator, url }: Provider) {
  return <Schema extends v.GenericSchema>(
    route: string,
    fields: Schema,
    run: (simulator: IamportSimulator, asked: Asked<v.InferOutput<Schema>> & { impUid: string }) => unknown,
    status?: number,
  ): Control => {
    const inSimulator = (asked: Asked<v.InferOutput<Schema>>): unknown => {
      if (simulator === undefined) {
        const why = `This needs the simulator, and IAMPORT_API_URL names another i'mport (${url})`;
        throw new ControlError(409, why);
      }
      const { imp_uid: impUid } = asked.path;
      if (impUid !== undefined) found(simulator.payment(impUid), impUid);
      return refusing(() => run(simulator, { ...asked, impUid: impUid ?? '' }));
    };
    return control(route, fields, inSimulator, status);
  };
}

function found(payment: unknown, impUid: string): unknown {
  if (payment !== undefined && payment !== null) return payment;
  throw new ControlError(404, `imp_uid: i'mport knows no ${impUid}`);
}

const SOME_FAULTS = v.strictObject({
  fault: v.exactOptional(v.picklist(FAULT_NAMES, `must be one of ${FAULT_NAMES.join(', ')}`)),
  imp_uid: v.exactOptional(TEXT),
});

function faultControls(simulated: Simulated): readonly Control[] {
  return [
    simulated('GET /_local/faults', NOTHING, (iamport) => ({ faults: iamport.faults() })),
    simulated('POST /_local/faults', v.unknown(), (iamport, { body }) => {
      iamport.script(parseFaults(body));
      return { faults: iamport.faults() };
    }),
    simulated('DELETE /_local/faults', SOME_FAULTS, (iamport, { body }) => {
      iamport.clearFaults(body);
      return { faults: iamport.faults() };
    }),
  ];
}

const CANCEL = v.strictObject({ amount: v.optional(NUMBER), reason: v.optional(v.string('must be a text')) });
const UNDO = v.strictObject({ cancellation_id: v.optional(TEXT), keep_entry: v.optional(FLAG, false) });
const PAY_AGAIN = v.strictObject({
  merchant_uid: TEXT,
  imp_uid: v.exactOptional(TEXT),
  amount: v.exactOptional(NUMBER),
});

function paymentControls(simulated: Simulated): readonly Control[] {
  return [
    simulated('GET /_local/iamport', NOTHING, (iamport) => ({ payments: iamport.payments() })),
    simulated('GET /_local/iamport/{imp_uid}/pending', NOTHING, (iamport, { impUid }) => ({
      pending: iamport.pending(impUid),
    })),
    simulated('POST /_local/iamport/{imp_uid}/console-cancel', CANCEL, (iamport, { impUid, body }) =>
      iamport.consoleCancel({ imp_uid: impUid, amount: body.amount, reason: body.reason }),
    ),
    simulated('POST /_local/iamport/{imp_uid}/undo-cancel', UNDO, (iamport, { impUid, body }) =>
      iamport.undoCancel({ ...body, imp_uid: impUid, cancellation_id: body.cancellation_id }),
    ),
    simulated('POST /_local/iamport/{imp_uid}/announce', NOTHING, async (iamport, { impUid }) => {
      await iamport.announce(impUid);
      return iamport.payment(impUid);
    }),
    simulated(
      'POST /_local/iamport/pay-again',
      PAY_AGAIN,
      (iamport, { body }) => iamport.payAgain(body),
      201,
    ),
  ];
}

const SOME_PAYMENT = v.strictObject({ imp_uid: v.optional(TEXT) });
const DOWN = v.strictObject({ down: FLAG });
const WHOLE = v.pipe(NUMBER, v.safeInteger('must be whole'), v.minValue(0, 'must be 0 or more'));

function pgControls(simulated: Simulated): readonly Control[] {
  return [
    simulated('GET /_local/iamport/cancels', NOTHING, (iamport) => iamport.audit()),
    simulated('GET /_local/iamport/cancels/{tag}', NOTHING, (iamport, { path }) =>
      iamport.audit(path['tag']),
    ),
    simulated('POST /_local/iamport/book', SOME_PAYMENT, async (iamport, { body }) => ({
      booked: await iamport.bookPending(body.imp_uid),
    })),
    simulated('POST /_local/iamport/refuse', SOME_PAYMENT, async (iamport, { body }) => ({
      refused: await iamport.refusePending(body.imp_uid),
    })),
    simulated('POST /_local/iamport/advance', v.strictObject({ ms: WHOLE }), async (iamport, { body }) => {
      await iamport.advance(body.ms);
      return body;
    }),
    simulated('GET /_local/iamport/down', NOTHING, (iamport) => ({ down: iamport.isDown() })),
    simulated('POST /_local/iamport/down', DOWN, async (iamport, { body }) => {
      await iamport.setDown(body.down);
      return { down: iamport.isDown() };
    }),
  ];
}

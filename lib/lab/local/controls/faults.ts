import {
  FAULT_NAMES,
  FAULT_TABLE,
  FaultScriptError,
  type IamportSimulator,
  parseFaults,
} from '../../simulator/simulator.ts';
import { type Control, type ControlAnswer, ControlError, refuseUnknown } from './controls.ts';

/** Scripts what goes wrong at i'mport, and takes it back. */
export function faultControls(simulator: () => IamportSimulator): readonly Control[] {
  const list = (): ControlAnswer => ({ status: 200, body: { faults: simulator().faults() } });
  return [
    { route: 'GET /_local/faults', run: list },
    {
      route: 'POST /_local/faults',
      run: ({ json }) => {
        simulator().script(refusingBadFaults(() => parseFaults(json())));
        return list();
      },
    },
    { route: 'GET /_local/faults/known', run: () => ({ status: 200, body: { known: FAULT_TABLE } }) },
    {
      route: 'DELETE /_local/faults',
      run: ({ fields }) => {
        refuseUnknown(fields(), ['fault', 'imp_uid']);
        const named = fields().textOr('fault', undefined);
        const fault = FAULT_NAMES.find((name) => name === named);
        if (fault === undefined && named !== undefined)
          throw new ControlError(400, `body.fault must be one of ${FAULT_NAMES.join(', ')}`);
        const impUid = fields().textOr('imp_uid', undefined);
        simulator().clearFaults({
          ...(fault !== undefined && { fault }),
          ...(impUid !== undefined && { imp_uid: impUid }),
        });
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

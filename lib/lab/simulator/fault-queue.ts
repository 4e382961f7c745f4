import { parseFaults } from './fault-script.ts';
import {
  CANCEL_FAULTS,
  type CancelFaultName,
  type Fault,
  type FaultName,
  groupOf,
  type ScriptedFault,
} from './faults.ts';
import { isPgTextKey, PG_TEXTS } from './texts.ts';

/** What a request met. */
export interface DrawnFault {
  readonly fault: Fault | undefined;
  /** The fault, if the request meets `name`; asking counts as meeting it. */
  meets(name: CancelFaultName): Fault | undefined;
  /**
   * Puts a cancel fault back that never came to pass, because the request failed earlier (e.g. for its token): a script
   * says "the next cancel that gets to the PG is refused", not "the next request".
   */
  settle(): void;
}

export interface FaultQueue {
  readonly add: (faults: unknown) => void;
  readonly list: () => readonly ScriptedFault[];
  /** @param which all that fit it; everything without it */
  readonly clear: (which?: WhichFaults) => void;
  /** The one misfortune of a request. */
  draw(request: FaultableRequest): DrawnFault;
  /** The habits that are met now, in the order of `names`; counts them down. */
  habits<Name extends FaultName>(names: readonly Name[], where: FaultableRequest): readonly Met<Name>[];
}

/** By name, by payment, or both. */
export type WhichFaults = Partial<Pick<Fault, 'fault' | 'imp_uid'>>;

export type Met<Name extends FaultName> = ScriptedFault & { readonly fault: Name };

export interface FaultableRequest {
  readonly endpoint: 'cancel' | 'token' | 'payment' | 'webhook';
  readonly impUid: string | undefined;
}

/** Scripted faults in the order in which they were scripted. */
export function createFaultQueue(random: () => number = Math.random): FaultQueue {
  let queue: readonly ScriptedFault[] = [];

  const take = (fault: ScriptedFault): void => {
    if (fault.until_cleared === true) return;
    const times = (fault.times ?? 1) - 1;
    queue = queue.flatMap((queued) => (queued !== fault ? queued : times > 0 ? { ...fault, times } : []));
  };
  const isMet = (fault: ScriptedFault, where: FaultableRequest): boolean =>
    fits(fault, where) && random() < (fault.probability ?? 1);
  const putBack = (fault: ScriptedFault): void => {
    if (fault.until_cleared !== true) queue = [{ ...fault, times: 1 }, ...queue];
  };

  return {
    add: (faults) => {
      queue = [...queue, ...parseFaults(faults)];
    },
    list: () => queue,
    clear: (which = {}) => {
      queue = queue.filter(
        ({ fault, imp_uid: impUid }) =>
          (which.fault ?? fault) !== fault || (which.imp_uid ?? impUid) !== impUid,
      );
    },
    draw: (request) => {
      const fault = queue.find((queued) => !isHabit(queued) && isMet(queued, request));
      if (fault !== undefined) take(fault);
      return drawn(fault, putBack);
    },
    habits: (names, where) => {
      if (queue.length === 0) return [];
      const met = names.flatMap((name) =>
        queue.filter((fault): fault is Met<typeof name> => fault.fault === name && isMet(fault, where)),
      );
      for (const fault of met) take(fault);
      return met;
    },
  };
}

function drawn(fault: ScriptedFault | undefined, putBack: (fault: ScriptedFault) => void): DrawnFault {
  let hasCome = false;
  return {
    fault,
    meets: (name) => {
      const isThis = fault !== undefined && (fault.fault === name || fault.also?.includes(name) === true);
      hasCome ||= isThis;
      return isThis ? fault : undefined;
    },
    settle: () => {
      const isCancelFault = CANCEL_FAULTS.some((name) => name === fault?.fault);
      if (fault !== undefined && isCancelFault && !hasCome) putBack(fault);
    },
  };
}

function isHabit({ fault }: Fault): boolean {
  const group = groupOf(fault);
  return group !== 'wire' && group !== 'cancel';
}

/** `any` is about requests: a webhook meets only what is scripted for it, or the way in which payments are written. */
function fits(fault: ScriptedFault, { endpoint, impUid }: FaultableRequest): boolean {
  const isHere = fault.on === 'any' || fault.on === endpoint;
  return isHere && (fault.imp_uid ?? impUid) === impUid;
}

/** The words of a PG for a fault, by key or as given. */
export function pgText(fault: Fault, fallback: keyof typeof PG_TEXTS): string {
  const { text = fallback } = fault;
  return isPgTextKey(text) ? PG_TEXTS[text].text : text;
}

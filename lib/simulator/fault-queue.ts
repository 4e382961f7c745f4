import { parseFaults } from './fault-script.ts';
import { CANCEL_FAULTS, type CancelFaultName, type Fault } from './faults.ts';
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
  readonly list: () => readonly Fault[];
  readonly clear: () => void;
  draw(request: FaultableRequest): DrawnFault;
}

export interface FaultableRequest {
  readonly endpoint: 'cancel' | 'token' | 'payment';
  readonly impUid: string | undefined;
}

/** Scripted faults in the order in which they were scripted. */
export function createFaultQueue(random: () => number = Math.random): FaultQueue {
  let queue: readonly Fault[] = [];

  const take = (fault: Fault): void => {
    const times = (fault.times ?? 1) - 1;
    queue = queue.flatMap((queued) => (queued !== fault ? queued : times > 0 ? { ...fault, times } : []));
  };

  return {
    add: (faults) => {
      queue = [...queue, ...parseFaults(faults)];
    },
    list: () => queue,
    clear: () => {
      queue = [];
    },
    draw: (request) => {
      const fault = queue.find((queued) => fits(queued, request) && random() < (queued.probability ?? 1));
      if (fault !== undefined) {
        take(fault);
      }
      let isMet = false;
      return {
        fault,
        meets: (name) => {
          const isThis = fault !== undefined && (fault.fault === name || fault.also?.includes(name) === true);
          isMet ||= isThis;
          return isThis ? fault : undefined;
        },
        settle: () => {
          const isCancelFault = CANCEL_FAULTS.some((name) => name === fault?.fault);
          if (fault !== undefined && isCancelFault && !isMet) {
            queue = [{ ...fault, times: 1 }, ...queue];
          }
        },
      };
    },
  };
}

function fits(fault: Fault, { endpoint, impUid }: FaultableRequest): boolean {
  return (fault.on === 'any' || fault.on === endpoint) && (fault.imp_uid ?? impUid) === impUid;
}

/** The words of a PG for a fault, by key or as given. */
export function pgText(fault: Fault, fallback: keyof typeof PG_TEXTS): string {
  const { text = fallback } = fault;
  return isPgTextKey(text) ? PG_TEXTS[text].text : text;
}

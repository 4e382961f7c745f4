import {
  type Fault,
  type FaultName,
  type FaultOf,
  type FaultTarget,
  groupOf,
  type ScriptedFault,
} from './faults.ts';

/** The faults that affect a request. */
export interface DrawnFault {
  /** What happens to the connection. */
  readonly wire: Fault | undefined;
  /** For the log. */
  readonly name: FaultName | undefined;
  /** The fault of this name when the PG reaches it; a fault with a number of times is used up by that. */
  atPg(name: FaultOf<'cancel'>): Fault | undefined;
}

/** Which faults to remove; missing fields match all. */
export type WhichFaults = Pick<Partial<Fault>, 'fault' | 'imp_uid'>;

/** A fault with a name of the list. */
export type FaultNamed<Name extends FaultName> = ScriptedFault & { readonly fault: Name };

export interface FaultableRequest {
  readonly endpoint: Exclude<FaultTarget, 'any'>;
  readonly impUid: string | undefined;
}

interface Waiting {
  readonly fault: ScriptedFault;
  timesLeft: number;
}

/** Scripted faults in the order in which they were scripted. */
export class FaultQueue {
  #queue: readonly Waiting[] = [];

  add(faults: readonly ScriptedFault[]): void {
    const waiting = faults.map((fault) => ({
      fault,
      timesLeft: fault.until_cleared === true ? Infinity : (fault.times ?? 1),
    }));
    this.#queue = [...this.#queue, ...waiting];
  }

  list(): readonly ScriptedFault[] {
    return this.#queue.map((each) =>
      isLasting(each) || each.fault.times === undefined
        ? each.fault
        : { ...each.fault, times: each.timesLeft },
    );
  }

  /** @param which removes the matching faults; without it all */
  clear(which: WhichFaults = {}): void {
    this.#queue = this.#queue.filter(
      ({ fault: { fault, imp_uid: impUid } }) =>
        (which.fault ?? fault) !== fault || (which.imp_uid ?? impUid) !== impUid,
    );
  }

  /** The first scripted fault of the connection or the PG that matches the request, and all permanent ones. */
  draw(request: FaultableRequest): DrawnFault {
    const among = this.#queue.filter(({ fault }) => isWire(fault) || groupOf(fault.fault) === 'cancel');
    const counted = among.find((each) => !isLasting(each) && affects(each, request));
    const lasting = among.filter((each) => isLasting(each) && affects(each, request));
    const all = [...(counted === undefined ? [] : [counted]), ...lasting];
    const wire = all.find(({ fault }) => isWire(fault));
    if (counted !== undefined && counted === wire) this.#take(counted);
    let isTaken = counted === wire;
    return {
      wire: wire?.fault,
      name: all[0]?.fault.fault,
      atPg: (name) => {
        const met = all.find(({ fault }) => fault.fault === name || fault.also?.includes(name) === true);
        if (met !== undefined && met === counted && !isTaken) {
          isTaken = true;
          this.#take(met);
        }
        return met?.fault;
      },
    };
  }

  /** The matching faults in the order of `names`; counts them down. */
  drawAll<Name extends FaultName>(
    names: readonly Name[],
    where: FaultableRequest,
  ): readonly FaultNamed<Name>[] {
    const met = names.flatMap((name) =>
      this.#queue.filter((each) => each.fault.fault === name && affects(each, where)),
    );
    for (const each of met) this.#take(each);
    return met.map(({ fault }) => fault as FaultNamed<Name>);
  }

  #take(taken: Waiting): void {
    taken.timesLeft -= 1;
    this.#queue = this.#queue.filter((each) => each.timesLeft > 0);
  }
}

function isLasting({ timesLeft }: Waiting): boolean {
  return timesLeft === Infinity;
}

function isWire({ fault }: Fault): boolean {
  return groupOf(fault) === 'wire';
}

/** `any` means requests: a webhook is affected only by faults of webhooks and of answers. */
function affects({ fault }: Waiting, { endpoint, impUid }: FaultableRequest): boolean {
  const { on } = fault;
  const isHere = on === 'any' || on === endpoint || (on === 'payment' && endpoint === 'list');
  return isHere && (fault.imp_uid ?? impUid) === impUid && Math.random() < (fault.probability ?? 1);
}

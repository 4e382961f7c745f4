import type { Surroundings } from './ports.ts';

/** A lease: the right to be the only run of something until it expires. Both methods throw `StoreError`. */
export interface Lease {
  /** False while another owner's lease has not expired. Epoch ms. */
  take(request: {
    readonly owner: string;
    readonly nowMs: number;
    readonly untilMs: number;
  }): Promise<boolean>;
  /** Changes nothing when another owner has taken it meanwhile. */
  giveBack(owner: string): Promise<void>;
}

/**
 * Works only while no other run does; undefined: another run is working. A killed run holds the lease until the time at which it
 * would have been stopped anyway.
 */
export async function whileAlone<T>(
  work: () => Promise<T>,
  untilMs: number,
  { lease, now, newId }: Pick<Surroundings, 'now' | 'newId'> & { readonly lease: Lease },
): Promise<T | undefined> {
  const owner = newId();
  if (!(await lease.take({ owner, nowMs: now(), untilMs }))) return undefined;
  try {
    return await work();
  } finally {
    // A lease that cannot be given back expires by itself before the next minute's run.
    await lease.giveBack(owner).catch(() => undefined);
  }
}

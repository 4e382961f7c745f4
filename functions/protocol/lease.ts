/** The right to be the only run of something, for as long as it was taken. Both throw `StoreError`. */
export interface Lease {
  /** False while another owner's has not run out. Epoch ms. */
  take(wish: { readonly owner: string; readonly nowMs: number; readonly untilMs: number }): Promise<boolean>;
  /** Changes nothing where another owner has taken it meanwhile. */
  giveBack(owner: string): Promise<void>;
}

interface LeaseWorld {
  readonly lease: Lease;
  readonly now: () => number;
  /** A new name that no other run has. */
  readonly newId: () => string;
}

/**
 * Works only while no other run does; undefined: another is at work. A run that was killed holds the lease until the time
 * at which it would have been stopped anyway.
 */
export async function whileAlone<T>(
  work: () => Promise<T>,
  untilMs: number,
  { lease, now, newId }: LeaseWorld,
): Promise<T | undefined> {
  const owner = newId();
  if (!(await lease.take({ owner, nowMs: now(), untilMs }))) return undefined;
  try {
    return await work();
  } finally {
    // One that cannot be given back runs out by itself, before the next minute's run begins.
    await lease.giveBack(owner).catch(() => undefined);
  }
}

/** Things that were started, to be ended in reverse order. */
export interface Started {
  /** Remembers how to end what was just started, and hands it on. */
  readonly keep: <Service extends { readonly end: () => Promise<void> | void }>(service: Service) => Service;
  /** Ends everything, the last first. One failure does not keep the others running; the first is thrown at the end. */
  readonly end: () => Promise<void>;
}

export function createStarted(): Started {
  let ends: readonly (() => Promise<void> | void)[] = [];
  return {
    keep: (service) => {
      ends = [() => service.end(), ...ends];
      return service;
    },
    end: async () => {
      const inOrder = ends;
      ends = [];
      const faults: unknown[] = [];
      for (const end of inOrder) {
        try {
          // The order is the point.
          // oxlint-disable-next-line no-await-in-loop
          await end();
        } catch (error) {
          faults.push(error);
        }
      }
      if (faults.length > 0) throw faults[0];
    },
  };
}

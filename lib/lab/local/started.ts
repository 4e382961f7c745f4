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
      const faults: unknown[] = [];
      const inOrder = ends;
      ends = [];
      await inOrder.reduce(
        (before, end) => before.then(end).catch((error: unknown) => void faults.push(error)),
        Promise.resolve(),
      );
      if (faults.length > 0) throw faults[0];
    },
  };
}

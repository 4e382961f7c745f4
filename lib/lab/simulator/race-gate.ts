/**
 * Where i'mport does not serialise: two cancels of one payment that both passed the checks before either was carried
 * out. The first waits for a second one, so a test that sends two does not depend on luck; alone it goes on after a while.
 */
export interface RaceGate {
  /** Resolves together with the other request of the same payment. */
  meet(impUid: string): Promise<void>;
  end(): void;
}

/** Ample for two local requests that were sent together, short for a request that stays alone. */
const WINDOW_MS = 250;

export function createRaceGate(): RaceGate {
  const waiting = new Map<string, () => void>();

  const open = (impUid: string): void => {
    waiting.get(impUid)?.();
    waiting.delete(impUid);
  };

  return {
    meet: async (impUid) => {
      if (waiting.has(impUid)) {
        open(impUid);
        return;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(() => open(impUid), WINDOW_MS);
      waiting.set(impUid, () => {
        clearTimeout(timer);
        resolve();
      });
      await promise;
    },
    end: () => {
      for (const impUid of waiting.keys()) {
        open(impUid);
      }
    },
  };
}

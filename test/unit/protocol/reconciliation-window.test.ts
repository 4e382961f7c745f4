import { expect, it } from 'vitest';
import { handleReconcile } from '../../../functions/reconcile-payments.ts';
import { MORNING_MS as NOW } from '../../support/ledger-samples.ts';
import { ListedWorld } from '../../support/listed-world.ts';

const NOW_SECONDS = NOW / 1000;
const DAY = 86_400;
const MOST = 90 * DAY;

async function ask(event: unknown) {
  const listed = new ListedWorld();
  const run = handleReconcile(event, NOW + 600_000, listed.world);
  const result = await run.then(
    () => 'compared',
    (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`,
  );
  const asked = listed.asked.flatMap(({ fromSeconds, toSeconds }) => [fromSeconds, toSeconds]);
  return { result, asked: asked.length === 0 ? undefined : [asked[0], asked.at(-1)] };
}

it.for<[unknown, string]>([
  [{ fromSeconds: 1_000, toSeconds: 1_000 }, 'fromSeconds must be before toSeconds'],
  [{ fromSeconds: NOW_SECONDS }, 'fromSeconds must be before now'],
  [{ toSeconds: NOW_SECONDS + DAY }, 'toSeconds must not be in the future'],
  [{ fromSeconds: 0, toSeconds: MOST + 1 }, 'fromSeconds must be at most 90 days before toSeconds'],
  [{ fromSeconds: 0 }, 'fromSeconds must be at most 90 days before now'],
  [{ fromSeconds: '1000', toSeconds: 2_000 }, 'fromSeconds: Invalid type'],
  [{ fromSeconds: -1, toSeconds: 2_000 }, 'fromSeconds: Invalid value'],
  [{ fromSeconds: 1_000, toSeconds: 1_000.5 }, 'toSeconds: Invalid safe integer'],
  [{ window: 'yesterday' }, 'window: Invalid type'],
  [{ window: 'full', fromSeconds: 1_000, toSeconds: 2_000 }, 'window must be by_hand'],
  [{ from: 1_000, to: 2_000 }, 'from: Invalid key'],
  ['recent', 'the event: Invalid type'],
])(
  'a wrong window is refused with the field and its rule before any request: %j',
  async ([event, message]) => {
    const { result, asked } = await ask(event);
    expect(result).toContain(`ReconciliationWindowError: ${message}`);
    expect(asked).toBeUndefined();
  },
);

it.for<[unknown, readonly [number, number]]>([
  [{ fromSeconds: NOW_SECONDS - MOST }, [NOW_SECONDS - MOST, NOW_SECONDS]],
  [{ fromSeconds: 1_000, toSeconds: 1_000 + MOST }, [1_000, 1_000 + MOST]],
  [{ toSeconds: NOW_SECONDS - 2 * MOST }, [NOW_SECONDS - 3 * MOST, NOW_SECONDS - 2 * MOST]],
  // The clocks of two machines always differ a little.
  [{ fromSeconds: NOW_SECONDS - DAY, toSeconds: NOW_SECONDS + 4 }, [NOW_SECONDS - DAY, NOW_SECONDS + 4]],
  [{ window: 'by_hand' }, [NOW_SECONDS - MOST, NOW_SECONDS]],
])("the window %j is requested from i'mport", async ([event, window]) => {
  expect(await ask(event)).toEqual({ result: 'compared', asked: window });
});

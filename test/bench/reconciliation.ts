import { reconcile } from '../../functions/protocol/reconcile.ts';
import { ManyPayments } from '../support/many-payments.ts';
import { benchScale } from './scale.ts';
import type { Found, Tell } from './stats.ts';

/** As the provider lists them; it is the walk's own default. */
const PAGE = 1_000;

/** The nightly comparison of many payments without a difference; tables and provider answer at once. */
export async function benchReconciliation(tell: Tell): Promise<Found> {
  return benchScale(
    {
      what: (count) => `reconciliation of ${count} payments`,
      counts: [10_000, 100_000, 1_000_000],
      steps: (count) => count / PAGE,
      prepare: (count, meter) => {
        const many = new ManyPayments(count);
        many.onPage = () => meter.step();
        return async () => {
          const asked = { window: 'full', stopAtMs: many.nowMs + 1 } as const;
          const { finished, report } = await reconcile(asked, many.world);
          if (!finished || report.compared !== count)
            throw new Error(`compared ${report.compared} of ${count}`);
          return `${many.asked} lists`;
        };
      },
    },
    tell,
  );
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAssembly } from '../../lib/lab/local/template/assembly.ts';
import { planService } from '../../lib/lab/local/template/plan.ts';
import { bundle } from '../../lib/stack/bundle.ts';
import { FUNCTION_NAMES, type FunctionName } from '../../lib/stack/functions.ts';
import { sharedAssembly } from '../support/local-run.ts';

/**
 * The largest size of each function's code in kB: it is loaded at a cold start, while somebody waits. Of each, 350 are the SDK's two
 * clients as they are published, 25 are ky, 15 valibot; where people are answered, 25 are the PGs' rules with their texts in two
 * languages. The SDK's chain of credential providers is 135 of the 350; only a patched SDK would go without it.
 */
const BUDGETS_KB: Readonly<Record<FunctionName, number>> = {
  cancelPayment: 565,
  getPayment: 540,
  getRefund: 540,
  closeRefund: 550,
  listRefunds: 515,
  getReconciliation: 495,
  acknowledgeFinding: 530,
  receiveWebhook: 515,
  resolveRefunds: 495,
  reconcilePayments: 490,
  publishRefunds: 500,
  forwardEvents: 400,
};

/** The deployed code of each function. */
let files: ReadonlyMap<string, string>;
beforeAll(async () => {
  const { functions } = planService(await readAssembly(await sharedAssembly()), 'ap-northeast-2');
  files = new Map(
    FUNCTION_NAMES.map((name) => {
      const deployed = functions.filter(({ logicalId }) =>
        logicalId.toLowerCase().includes(name.toLowerCase()),
      );
      expect(deployed, name).toHaveLength(1);
      return [name, path.join(deployed[0]?.directory ?? '', 'index.mjs')];
    }),
  );
});

describe('the bundle of a function', () => {
  it.each(Object.entries(BUDGETS_KB))('the bundle of %s is within %d kB', (name, budgetKb) => {
    const code = readFileSync(files.get(name) ?? '');
    expect(code.length / 1000).toBeLessThan(budgetKb);
    expect(code.toString()).not.toContain('sourceMappingURL');
  });

  it('the deployed bundle is byte for byte the one that refunds trace maps', async () => {
    const { code } = await bundle('cancel-payment');
    expect(Buffer.compare(readFileSync(files.get('cancelPayment') ?? ''), code)).toBe(0);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle } from '../../lib/stack/bundle.ts';
import { readAssembly } from '../../lib/lab/local/template/assembly.ts';
import { planService } from '../../lib/lab/local/template/plan.ts';
import { sharedAssembly } from '../support/local-run.ts';

/**
 * The largest size of each function's code in kB: it is loaded at a cold start, while somebody waits. Of each, 350 are the SDK's two
 * clients as they are published, 25 are ky, 15 valibot; where people are answered, 25 are the PGs' rules with their texts in two
 * languages. The SDK's chain of credential providers is 135 of the 350; only a patched SDK would go without it.
 */
const BUDGETS_KB = {
  'cancel-payment': 565,
  'get-payment': 540,
  'get-refund': 540,
  'close-refund': 550,
  'list-refunds': 515,
  'get-reconciliation': 495,
  'acknowledge-finding': 530,
  'receive-webhook': 515,
  'resolve-refunds': 495,
  'reconcile-payments': 490,
  'publish-refunds': 500,
  'forward-events': 400,
} as const;

describe('the bundle of a function', () => {
  it('every function has a limit for its bundle', () => {
    const doors = readdirSync(new URL('../../functions/', import.meta.url))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => path.basename(name, '.ts'));
    expect(Object.keys(BUDGETS_KB).toSorted()).toEqual(doors.toSorted());
  });

  it.each(Object.entries(BUDGETS_KB))('the bundle of %s is within %d kB', async (entry, budgetKb) => {
    const { code, parts } = await bundle(entry);
    const breakdown = parts.map(([name, bytes]) => `${(bytes / 1000).toFixed(1).padStart(7)} kB  ${name}`);
    expect(code.length / 1000, `too large; it is made of\n${breakdown.join('\n')}`).toBeLessThan(budgetKb);
  });

  it('a bundle contains no source map', async () => {
    const { code } = await bundle('cancel-payment');
    expect(Buffer.from(code).toString()).not.toContain('sourceMappingURL');
  });

  it('the deployed bundle is byte for byte the one that refunds trace maps', async () => {
    const { functions } = planService(await readAssembly(await sharedAssembly()), 'ap-northeast-2');
    const deployed = functions.find(({ logicalId }) => logicalId.includes('CancelPayment'))?.directory ?? '';
    expect(readdirSync(deployed)).toEqual(['index.mjs']);
    const { code } = await bundle('cancel-payment');
    expect(Buffer.compare(readFileSync(path.join(deployed, 'index.mjs')), code)).toBe(0);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundle } from '../../lib/stack/bundle.ts';
import { readAssembly } from '../../lib/lab/local/template/assembly.ts';
import { planService } from '../../lib/lab/local/template/plan.ts';
import { sharedAssembly } from '../support/local-run.ts';

/**
 * kB a function may be: what is loaded at a cold start, while somebody waits. Of each, 215 are the SDK's two clients as they are
 * published, but for its chain of credential providers (135 more); 25 are ky, 15 valibot; where people are answered, 25 are the
 * PGs' rules with their texts in two languages. The function that holds the whole protocol has the rest of 430. Another 90 could
 * be saved by patching the SDK, which nobody could keep right.
 */
const BUDGETS_KB = {
  'cancel-payment': 430,
  'get-payment': 405,
  'get-refund': 405,
  'close-refund': 415,
  'list-refunds': 380,
  'get-reconciliation': 360,
  'acknowledge-finding': 395,
  'receive-webhook': 380,
  'resolve-refunds': 360,
  'reconcile-payments': 355,
  'publish-refunds': 365,
  'forward-events': 265,
} as const;

describe('a bundle', () => {
  it('has its limit, whichever function it is of', () => {
    const doors = readdirSync(new URL('../../functions/', import.meta.url))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => path.basename(name, '.ts'));
    expect(Object.keys(BUDGETS_KB).toSorted()).toEqual(doors.toSorted());
  });

  it.each(Object.entries(BUDGETS_KB))('of %s is within %d kB', async (entry, budgetKb) => {
    const { code, parts } = await bundle(entry);
    const breakdown = parts.map(([name, bytes]) => `${(bytes / 1000).toFixed(1).padStart(7)} kB  ${name}`);
    expect(code.length / 1000, `too large; it is made of\n${breakdown.join('\n')}`).toBeLessThan(budgetKb);
  });

  it('holds neither providers of credentials that Lambda does not have nor a source map', async () => {
    const { code, parts } = await bundle('cancel-payment');
    const names = parts.map(([name]) => name);
    expect(names.filter((name) => /credential-provider|nested-clients/.test(name))).toEqual([]);
    expect(Buffer.from(code).toString()).not.toContain('sourceMappingURL');
  });

  it('that the stack deploys is, byte for byte, the one that a logged stack is mapped by', async () => {
    const { functions } = planService(await readAssembly(await sharedAssembly()), 'ap-northeast-2');
    const deployed = functions.find(({ logicalId }) => logicalId.includes('CancelPayment'))?.directory ?? '';
    expect(readdirSync(deployed)).toEqual(['index.mjs']);
    const { code } = await bundle('cancel-payment');
    expect(Buffer.compare(readFileSync(path.join(deployed, 'index.mjs')), code)).toBe(0);
  });
});

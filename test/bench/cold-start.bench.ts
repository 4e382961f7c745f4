import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'vitest';
import { readAssembly } from '../../lib/local/template/assembly.ts';
import { planService } from '../../lib/local/template/plan.ts';
import { sharedAssembly } from '../support/local-run.ts';
import { medianRatio } from './ratio.ts';

/** Loading the bundle that is deployed, in a fresh process: the part of a cold start that is ours. */
function load(script: string): void {
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      AWS_REGION: 'ap-northeast-2',
      PAYMENTS_TABLE_NAME: 'payments',
      IAMPORT_SECRET_ID: 'iamport',
      IAMPORT_API_URL: 'https://api.iamport.kr',
      QUIET_PERIOD_SECONDS: '180',
    },
  });
  if (status !== 0) throw new Error(stderr);
}

test('a cold start', { timeout: 120_000 }, async ({ bench }) => {
  const { functions } = planService(await readAssembly(await sharedAssembly()), 'ap-northeast-2');
  const cancel = functions.find(({ logicalId }) => logicalId.includes('CancelPayment'));
  if (cancel === undefined) throw new Error('Bug: no function cancels payments');
  const bundle = pathToFileURL(path.join(cancel.directory, 'index.mjs')).href;
  const results = await bench.compare(
    bench('Node and the function', () => load(`await import(${JSON.stringify(bundle)})`)),
    bench('Node alone', () => load('')),
    { iterations: 40, time: 0 },
  );
  medianRatio(results, 'Node and the function', 'Node alone');
});

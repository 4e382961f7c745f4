import { METRICS } from '../../functions/runtime/metrics.ts';
import { MEMORY_MB } from '../../lib/stack/budgets.ts';
import { progressOn } from '../../lib/cli/progress.ts';
import { startService } from '../support/service.ts';

/**
 * `npm run costs`: what refunds cost in AWS, from the calls that a refund really makes and the sizes its item really has.
 * Prices are inputs: list prices of us-east-1 in dollars as the authors knew them, without free tiers. Put those of your
 * region here before you rely on a figure.
 */
const PRICES = {
  apiRequest: 1 / 1e6,
  lambdaRequest: 0.2 / 1e6,
  lambdaGbSecondArm: 0.0000133334,
  readUnit: 0.125 / 1e6,
  writeUnit: 0.625 / 1e6,
  logGb: 0.5,
  trace: 5 / 1e6,
  schedulerInvocation: 1 / 1e6,
} as const;

/** As the template has them (`npm run synth`). */
const KEYS = 3;
const ALARMS = 61;
/** A month of keys, secret, alarms, metrics (all of them, as on a bad month), dashboard. Staff's user pool is billed by member. */
const FIXED = KEYS * 1 + 0.4 + ALARMS * 0.1 + Object.keys(METRICS).length * 0.3 + 3;
/** What the provider takes is waited for, and billed; IAMPORT gives no typical value, so this is an assumption. */
const PROVIDER_MS = 2_000;
const RUNS_A_MONTH = 60 * 24 * 30;
const SAMPLES = 200;

interface Refund {
  readonly reads: number;
  readonly writes: number;
  readonly ownMs: number;
  readonly logBytes: number;
}

async function measure(): Promise<Refund> {
  const service = await startService();
  const write = process.stdout.write.bind(process.stdout);
  let logBytes = 0;
  process.stdout.write = (line) => {
    logBytes += String(line).length;
    return true;
  };
  const times: number[] = [];
  let units = { reads: 0, writes: 0 };
  const progress = progressOn(process.stderr);
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const name = `cost-${sample}`;
    progress.tell(`${sample} of ${SAMPLES} refunds`);
    await service.order(name);
    service.actions.length = 0;
    const startedMs = performance.now();
    await service.cancel({ merchant_uid: name, cancel_request_amount: 1_000, reason: 'size' });
    times.push(performance.now() - startedMs);
    const actions = [...service.actions];
    units = unitsOf(actions, JSON.stringify(await service.item(name)).length);
  }
  process.stdout.write = write;
  progress.end();
  await service.end();
  const ownMs = times.toSorted((a, b) => a - b)[SAMPLES / 2] ?? 0;
  return { ...units, ownMs, logBytes: logBytes / SAMPLES };
}

/** A strongly consistent read of up to 4 KB is a unit, a write a unit for each KB, and each write moves one index entry. */
function unitsOf(actions: readonly string[], bytes: number): { reads: number; writes: number } {
  const count = (name: string) => actions.filter((action) => action === name).length;
  const perWrite = Math.ceil(bytes / 1024) + 1;
  return {
    reads: (count('dynamodb:GetItem') + count('dynamodb:Query')) * Math.ceil(bytes / 4096),
    writes: count('dynamodb:UpdateItem') * perWrite,
  };
}

function lambda(milliseconds: number): number {
  return PRICES.lambdaRequest + (milliseconds / 1000) * (MEMORY_MB / 1024) * PRICES.lambdaGbSecondArm;
}

function monthly(refunds: number, refund: Refund): number {
  const each =
    PRICES.apiRequest +
    lambda(refund.ownMs + PROVIDER_MS) +
    refund.reads * PRICES.readUnit +
    refund.writes * PRICES.writeUnit +
    (refund.logBytes / 1e9) * PRICES.logGb +
    PRICES.trace;
  // Eight shards and one beyond asked twice (what is due, what is open), at half a unit for an answer of the index.
  const resolver = RUNS_A_MONTH * (lambda(100) + PRICES.schedulerInvocation + 9 * PRICES.readUnit);
  return FIXED + resolver + refunds * each;
}

const refund = await measure();
console.log(
  `A refund: ${refund.reads} read units, ${refund.writes} write units, ${refund.ownMs.toFixed(1)} ms of our own (median of ${SAMPLES}), ${Math.round(refund.logBytes)} bytes of logs; ${PROVIDER_MS} ms for the provider are assumed.`,
);
for (const refunds of [1_000, 100_000, 10_000_000]) {
  console.log(
    `${refunds.toLocaleString('en-US').padStart(12)} refunds a month: $${monthly(refunds, refund).toFixed(2)}`,
  );
}

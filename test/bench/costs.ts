import { METRICS } from '../../functions/runtime/metrics.ts';
import { resourcesOf } from '../../lib/lab/local/template/template.ts';
import { MEMORY_MB } from '../../lib/stack/budgets.ts';
import { synthesized } from '../real/support/assembly.ts';
import { startService } from '../support/service.ts';
import { type Units, unitsOfRefund } from './units.ts';

/**
 * `npm run costs`: the costs of refunds in AWS, from the real calls and item sizes of a refund. Prices are inputs: list prices of
 * us-east-1 in dollars as known to the authors, without free tiers. Enter your region's prices before you rely on a figure.
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
  event: 1 / 1e6,
} as const;

/** A month of keys, secret, alarms, metrics (all of them, as in a month with failures), dashboard. The staff user pool is billed per user and not included. */
const KEY = 1;
const SECRET = 0.4;
const ALARM = 0.1;
const METRIC = 0.3;
const DASHBOARD = 3;
/** The wait for the provider is billed; IAMPORT gives no typical duration, so this is an assumption. */
const PROVIDER_MS = 2_000;
/** One event alone; many events come in batches, which cost less. */
const PUBLISH_MS = 100;
const RUNS_A_MONTH = 60 * 24 * 30;
const SAMPLES = 200;

interface Refund extends Units {
  readonly ownMs: number;
  readonly logBytes: number;
}

/** The fixed costs of the template's resources. An alarm on an expression costs as much as its metrics. */
async function fixed(): Promise<number> {
  // With the defaults of cdk.json: no desk, no web ACL, no address for events.
  const { template, end } = await synthesized({ eventsUrl: '' });
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map((id) => {
    const metrics = template.resources.get(id)?.properties['Metrics'];
    return Array.isArray(metrics) ? metrics.filter((each) => 'MetricStat' in each).length : 1;
  });
  const keys = resourcesOf(template, 'AWS::KMS::Key').length;
  const secrets = resourcesOf(template, 'AWS::SecretsManager::Secret').length;
  await end();
  const alarmed = alarms.reduce((sum, each) => sum + each, 0);
  return keys * KEY + secrets * SECRET + alarmed * ALARM + Object.keys(METRICS).length * METRIC + DASHBOARD;
}

async function measure(): Promise<Refund> {
  const service = await startService();
  const write = process.stdout.write.bind(process.stdout);
  let logBytes = 0;
  process.stdout.write = (line) => {
    logBytes += String(line).length;
    return true;
  };
  const refund = async (name: string): Promise<void> => {
    const { status } = await service.cancel({
      merchant_uid: name,
      cancel_request_amount: 1_000,
      reason: 'size',
    });
    if (status !== 200) throw new Error(`a refund was answered by ${status}`);
  };
  const times: number[] = [];
  let logged = 0;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const name = `cost-${sample}`;
    await service.order(name);
    // The log lines of the payment's webhook are not costs of the refund.
    logBytes = 0;
    const startedMs = performance.now();
    await refund(name);
    times.push(performance.now() - startedMs);
    logged += logBytes;
  }
  await service.order('counted');
  const units = await unitsOfRefund(service, 'counted', async () => refund('counted'));
  process.stdout.write = write;
  await service.end();
  const ownMs = times.toSorted((a, b) => a - b)[SAMPLES / 2] ?? 0;
  return { ...units, ownMs, logBytes: logged / SAMPLES };
}

function lambda(milliseconds: number): number {
  return PRICES.lambdaRequest + (milliseconds / 1000) * (MEMORY_MB / 1024) * PRICES.lambdaGbSecondArm;
}

function monthly(refunds: number, refund: Refund, fixedCosts: number): number {
  const each =
    PRICES.apiRequest +
    lambda(refund.ownMs + PROVIDER_MS) +
    refund.read * PRICES.readUnit +
    refund.written * PRICES.writeUnit +
    (refund.logBytes / 1e9) * PRICES.logGb +
    2 * PRICES.trace +
    // The event of its end: reading the stream from a function costs nothing.
    lambda(PUBLISH_MS) +
    PRICES.event;
  // Eight shards of the index, at half a unit for each answer; and the lease, taken and given back.
  const tables = 4 * PRICES.readUnit + 2 * PRICES.writeUnit;
  const resolver = RUNS_A_MONTH * (lambda(100) + PRICES.schedulerInvocation + tables);
  return fixedCosts + resolver + refunds * each;
}

const refund = await measure();
const fixedCosts = await fixed();
console.log(
  `A refund: ${refund.read} read units, ${refund.written} write units, ${refund.ownMs.toFixed(1)} ms of our own (median of ${SAMPLES}), ${Math.round(refund.logBytes)} bytes of logs; ${PROVIDER_MS} ms for the provider are assumed.`,
);
for (const refunds of [1_000, 100_000, 10_000_000]) {
  console.log(
    `${refunds.toLocaleString('en-US').padStart(12)} refunds a month: $${monthly(refunds, refund, fixedCosts).toFixed(2)}`,
  );
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  FUNCTION_DIMENSION,
  METRICS,
  METRICS_NAMESPACE,
  type MetricName,
} from '../../functions/runtime/metrics.ts';
import { metricRules } from '../../lib/stack/alarm-rules.ts';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import {
  COUNTED_BY_AWS,
  FAILURES,
  SILENCES,
  UNEXPECTED,
  eventsFor,
  withoutSecret,
  type Failure,
} from './alarm-failures.ts';
import { alarmsOf, feeds, metricsIn, type AlarmPlan } from './support/alarms.ts';
import { startDeployed, type Deployed } from './support/deployed.ts';

let deployed: Deployed;
let alarms: readonly AlarmPlan[];
beforeAll(async () => {
  deployed = await startDeployed();
  alarms = alarmsOf(deployed.stack.template, METRICS_NAMESPACE);
});
afterAll(async () => deployed.end());

function isMetric(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}

function failureOf({ metric, dimensions, isForSilence }: AlarmPlan): Failure | undefined {
  const ofFunction = UNEXPECTED.get(dimensions[FUNCTION_DIMENSION] ?? '');
  if (ofFunction !== undefined || !isMetric(metric)) return ofFunction;
  return isForSilence ? SILENCES[metric]?.broken : FAILURES[metric];
}

/** Several alarms may use one metric; each failure is caused once. */
const printed = new Map<Failure, Promise<readonly string[]>>();

async function whatWasPrinted(failure: Failure): Promise<readonly string[]> {
  const made = printed.get(failure) ?? failure(eventsFor(deployed));
  printed.set(failure, made);
  return made;
}

/** Whether a value can trigger the alarm: part of a sum, or a maximum that reaches the threshold. */
function isEnough(alarm: AlarmPlan, value: number): boolean {
  return value >= (alarm.statistic === 'Maximum' ? alarm.threshold : 1);
}

async function feeding(alarm: AlarmPlan, failure: Failure): Promise<readonly number[]> {
  const found = metricsIn(await whatWasPrinted(failure)).filter((each) => feeds(alarm, each));
  return found.map(({ value }) => value);
}

async function hears(alarm: AlarmPlan, failure: Failure): Promise<boolean> {
  const values = await feeding(alarm, failure);
  if (!alarm.isForSilence) return values.some((value) => isEnough(alarm, value));
  // The data is missing after a failure, and present after a good run.
  const well = isMetric(alarm.metric) ? SILENCES[alarm.metric]?.well : undefined;
  return values.length === 0 && well !== undefined && (await feeding(alarm, well)).length > 0;
}

// First, while the tables are empty.
describe('a stack whose secret is not filled', () => {
  it('a stack with an empty secret rings only the alarm for it', async () => {
    const printedWithout = await withoutSecret(eventsFor(deployed));
    const values = metricsIn(printedWithout);
    const ringing = alarms.filter(
      (alarm) =>
        !alarm.isForSilence && values.some((each) => feeds(alarm, each) && isEnough(alarm, each.value)),
    );
    expect(ringing.map(({ metric }) => metric)).toEqual(['SecretUnavailable']);
    // Alarms on missing data ring, too, unless their first data has not come yet.
    const silent = alarms.filter((alarm) => alarm.isForSilence && !values.some((each) => feeds(alarm, each)));
    expect(silent.map(({ metric }) => metric)).toEqual(['NightlyCompared']);
  });
});

describe('each alarm of the template', () => {
  it('each alarm uses a metric whose failure is caused here, or one that only AWS counts', () => {
    const unknown = alarms.filter((alarm) =>
      alarm.namespace === METRICS_NAMESPACE
        ? failureOf(alarm) === undefined
        : COUNTED_BY_AWS[`${alarm.namespace} ${alarm.metric}`] === undefined,
    );
    expect(unknown.map(({ logicalId }) => logicalId)).toEqual([]);
    const ours = alarms.filter(({ namespace }) => namespace === METRICS_NAMESPACE);
    // The alarms of the rules, of unexpected errors, and of each function's new version.
    expect(ours.length).toBe(Object.keys(metricRules(180)).length + 1 + FUNCTION_NAMES.length);
  });

  it.each([
    ...Object.entries(FAILURES),
    ...[...UNEXPECTED].map(([door, failure]) => [`an error of ${door}`, failure] as const),
    ...Object.entries(SILENCES).map(([metric, { broken }]) => [`no ${metric}`, broken] as const),
  ])('the alarm %s is triggered by its failure in the bundled function', async (_name, failure) => {
    const own = alarms.filter((alarm) => failureOf(alarm) === failure);
    expect(own.length).toBeGreaterThan(0);
    const deaf: string[] = [];
    for (const alarm of own) if (!(await hears(alarm, failure))) deaf.push(alarm.logicalId);
    expect(deaf).toEqual([]);
  });
});

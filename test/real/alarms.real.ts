import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRICS, METRICS_NAMESPACE, type MetricName } from '../../functions/runtime/metrics.ts';
import type { Door } from '../../functions/runtime/invocation.ts';
import { COUNTED_BY_AWS, FAILURES, UNEXPECTED, WELL, type Failure } from './alarm-failures.ts';
import { alarmsOf, feeds, type AlarmPlan } from './support/alarms.ts';
import { startDeployed, type Deployed } from './support/deployed.ts';
import { metricsIn } from './support/metric-lines.ts';

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

function isDoor(name: string | undefined): name is Door {
  return name !== undefined && Object.hasOwn(UNEXPECTED, name);
}

function failureOf({ metric, dimensions }: AlarmPlan): Failure | undefined {
  const door = dimensions['Function'];
  if (isDoor(door)) return UNEXPECTED[door];
  return isMetric(metric) ? FAILURES[metric] : undefined;
}

/** Several alarms look at one metric; a failure is made once. */
const printed = new Map<Failure, Promise<readonly string[]>>();

async function whatWasPrinted(failure: Failure): Promise<readonly string[]> {
  const made = printed.get(failure) ?? failure(deployed);
  printed.set(failure, made);
  return made;
}

/** Enough for one value: of a sum it is one of several, of a maximum it has to reach the threshold by itself. */
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
  // What should come has not come, and comes when all is well.
  const well = isMetric(alarm.metric) ? WELL[alarm.metric] : undefined;
  return values.length === 0 && well !== undefined && (await feeding(alarm, well)).length > 0;
}

describe('each alarm of the template', () => {
  it('looks at a metric of ours whose failure is made here, or at one that only AWS counts', () => {
    const unknown = alarms.filter((alarm) =>
      alarm.namespace === METRICS_NAMESPACE
        ? failureOf(alarm) === undefined
        : COUNTED_BY_AWS[`${alarm.namespace} ${alarm.metric}`] === undefined,
    );
    expect(unknown.map(({ logicalId }) => logicalId)).toEqual([]);
    expect(alarms.length).toBeGreaterThan(40);
  });

  it.each(Object.entries({ ...FAILURES, ...UNEXPECTED }))(
    'hears of its failure from the bundled function: %s',
    async (_name, failure) => {
      const own = alarms.filter((alarm) => failureOf(alarm) === failure);
      expect(own.length).toBeGreaterThan(0);
      const deaf: string[] = [];
      for (const alarm of own) if (!(await hears(alarm, failure))) deaf.push(alarm.logicalId);
      expect(deaf).toEqual([]);
    },
  );
});

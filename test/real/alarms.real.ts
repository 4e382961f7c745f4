import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  FUNCTION_DIMENSION,
  METRICS,
  METRICS_NAMESPACE,
  type MetricName,
} from '../../functions/runtime/metrics.ts';
import { createPlanner, resourcesOf, type Template } from '../../lib/lab/local/template/template.ts';
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
import { startDeployed, type Deployed } from './support/deployed.ts';
import { REGION } from './support/servers.ts';

interface AlarmPlan {
  readonly logicalId: string;
  readonly namespace: string;
  readonly metric: string;
  readonly unit: string | undefined;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly threshold: number;
  readonly statistic: string | undefined;
  /** Rings when data is missing, not when data comes. */
  readonly isForSilence: boolean;
}

const Metric = v.object({
  Namespace: v.string(),
  MetricName: v.string(),
  Dimensions: v.optional(v.array(v.object({ Name: v.string(), Value: v.unknown() })), []),
});
const Unit = v.optional(v.string());
const MetricStat = v.object({ Metric, Stat: v.string(), Unit });
/** An alarm on one metric, or on an expression over several. */
const Alarm = v.object({
  ...v.partial(Metric).entries,
  Statistic: v.optional(v.string()),
  Unit,
  Metrics: v.optional(v.array(v.object({ MetricStat: v.optional(MetricStat) }))),
  Threshold: v.number(),
  ComparisonOperator: v.string(),
});
const VERSION = v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Version')]) });

/** Every alarm of the template in its order, once for each of our metrics that it uses, else for its first metric. */
function alarmsOf(template: Template): readonly AlarmPlan[] {
  const planner = createPlanner(template, REGION);
  const textOf = (value: unknown) => {
    if (v.is(VERSION, value)) return planner.attribute(...value['Fn::GetAtt']);
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  return resourcesOf(template, 'AWS::CloudWatch::Alarm').flatMap((logicalId) => {
    const alarm = v.parse(Alarm, template.resources.get(logicalId)?.properties);
    const each = (
      alarm.Metrics ?? [{ MetricStat: { ...alarm, Metric: alarm, Stat: alarm.Statistic } }]
    ).flatMap(({ MetricStat: one }) => one ?? []);
    const own = each.filter(({ Metric: { Namespace } }) => Namespace === METRICS_NAMESPACE);
    return (own.length > 0 ? own : each.slice(0, 1)).map(({ Metric: metric, Stat, Unit: unit }) => ({
      logicalId,
      namespace: metric.Namespace ?? '',
      metric: metric.MetricName ?? '',
      unit,
      dimensions: Object.fromEntries(
        (metric.Dimensions ?? []).map(({ Name, Value }) => [Name, textOf(Value)]),
      ),
      threshold: alarm.Threshold,
      statistic: Stat,
      isForSilence: alarm.ComparisonOperator === 'LessThanThreshold',
    }));
  });
}

/** Whether CloudWatch counts this value for the alarm: name, unit and dimensions must match. */
function feeds(alarm: AlarmPlan, { namespace, name, unit, dimensions }: Found): boolean {
  return (
    namespace === alarm.namespace &&
    name === alarm.metric &&
    unit === alarm.unit &&
    sorted(dimensions) === sorted(alarm.dimensions)
  );
}

function sorted(dimensions: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(dimensions).toSorted(([a], [b]) => a.localeCompare(b)));
}

// --- What a function has printed ---

/** CloudWatch's format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const METADATA = '_aws';
const Line = v.looseObject({
  [METADATA]: v.object({
    Timestamp: v.number(),
    CloudWatchMetrics: v.array(
      v.object({
        Namespace: v.string(),
        Dimensions: v.array(v.array(v.string())),
        Metrics: v.array(v.object({ Name: v.string(), Unit: v.optional(v.string(), 'None') })),
      }),
    ),
  }),
});

/** One value of one metric with one set of dimensions. */
interface Found {
  readonly namespace: string;
  readonly name: string;
  readonly unit: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Every metric in a function's output. A line with text before its JSON has none, as in CloudWatch. */
function metricsIn(lines: readonly string[]): readonly Found[] {
  return lines.flatMap((line) => {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Line), line);
    return parsed.success ? metricsOf(parsed.output) : [];
  });
}

function metricsOf(line: v.InferOutput<typeof Line>): readonly Found[] {
  return line[METADATA].CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Metrics.flatMap(({ Name: name, Unit: unit }) =>
      Dimensions.map((names) => ({
        namespace,
        name,
        unit,
        value: Number(line[name]),
        dimensions: Object.fromEntries(names.map((each) => [each, String(line[each])])),
      })),
    ),
  );
}

let deployed: Deployed;
let alarms: readonly AlarmPlan[];
beforeAll(async () => {
  deployed = await startDeployed();
  alarms = alarmsOf(deployed.stack.template);
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

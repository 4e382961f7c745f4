import * as v from 'valibot';
import { createPlanner, resourcesOf, type Template } from '../../../lib/lab/local/template/template.ts';
import { REGION } from './judges.ts';

const Properties = v.object({
  Namespace: v.string(),
  MetricName: v.string(),
  Unit: v.optional(v.string()),
  Dimensions: v.optional(v.array(v.object({ Name: v.string(), Value: v.string() })), []),
  Threshold: v.number(),
  Statistic: v.optional(v.string(), ''),
  ComparisonOperator: v.string(),
});

export interface AlarmPlan {
  readonly logicalId: string;
  readonly namespace: string;
  readonly metric: string;
  readonly unit: string | undefined;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly threshold: number;
  readonly statistic: string;
  /** Rings when data is missing, not when data comes. */
  readonly isForSilence: boolean;
}

/** Only the names of AWS's own metrics are used here, because AWS chooses the values of their dimensions. */
const Named = v.object({ Namespace: v.string(), MetricName: v.string() });

/** An expression over several metrics. */
const Together = v.object({
  Metrics: v.pipe(
    v.array(
      v.object({
        MetricStat: v.optional(
          v.object({ Metric: v.looseObject(Named.entries), Stat: v.string(), Unit: v.optional(v.string()) }),
        ),
      }),
    ),
    v.transform((all) => all.flatMap(({ MetricStat }) => MetricStat ?? [])),
    v.minLength(1),
  ),
});

/** The metrics of an alarm: ours, or else the first, after which the alarm is named. */
function watchedBy(raw: unknown, ownNamespace: string): readonly object[] {
  const together = v.safeParse(Together, raw);
  if (!together.success) return [v.parse(v.looseObject({}), raw)];
  const each = together.output.Metrics.map(({ Metric, Stat, Unit }) => ({
    ...Metric,
    Unit,
    Statistic: Stat,
  }));
  const own = each.filter(({ Namespace }) => Namespace === ownNamespace);
  return own.length > 0 ? own : each.slice(0, 1);
}

/** Every alarm of the template in its order, once for each of our metrics that it uses. */
export function alarmsOf(template: Template, ownNamespace: string): readonly AlarmPlan[] {
  const planner = createPlanner(template, REGION);
  return resourcesOf(template, 'AWS::CloudWatch::Alarm').flatMap((logicalId) => {
    const raw = template.resources.get(logicalId)?.properties;
    return watchedBy(raw, ownNamespace).map((watched, index) => {
      const { Namespace: namespace, MetricName: metric } = v.parse(Named, watched);
      const resolved = namespace === ownNamespace ? planner.properties(logicalId) : undefined;
      const own = watchedBy(resolved ?? {}, ownNamespace)[index];
      const properties = resolved && v.parse(Properties, { ...resolved, ...own });
      return {
        logicalId,
        namespace,
        metric,
        unit: properties?.Unit,
        dimensions: Object.fromEntries(properties?.Dimensions.map(({ Name, Value }) => [Name, Value]) ?? []),
        threshold: properties?.Threshold ?? 0,
        statistic: properties?.Statistic ?? '',
        isForSilence: properties?.ComparisonOperator === 'LessThanThreshold',
      };
    });
  });
}

/** Whether CloudWatch counts this value for the alarm: name, unit and dimensions must match. */
export function feeds(alarm: AlarmPlan, { namespace, name, unit, dimensions }: Found): boolean {
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
export function metricsIn(lines: readonly string[]): readonly Found[] {
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

import * as v from 'valibot';

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
export interface Found {
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

import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { METRICS, METRICS_NAMESPACE } from '../../functions/runtime/metrics.ts';
import { METRIC_RULES, metricRulesFor, type MetricRule } from '../../lib/stack/alarm-rules.ts';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import { ROUTES } from '../../lib/stack/routes.ts';
import { readPaper } from '../support/papers.ts';
import { resources, templateWith } from './support.ts';

const SERVICE = 'refunds-of-the-shop';

/** The limit on the number of alarms: each has its own entry in the runbook, or belongs to its own function version. */
const MOST_ALARMS = 40;

const Dimension = v.object({ Name: v.string(), Value: v.unknown() });
/** One metric of an alarm on an expression. */
const Query = v.object({
  Id: v.string(),
  Expression: v.optional(v.string()),
  MetricStat: v.optional(
    v.object({
      Metric: v.object({
        Namespace: v.string(),
        MetricName: v.string(),
        Dimensions: v.optional(v.array(Dimension), []),
      }),
      Stat: v.string(),
    }),
  ),
});
const Watched = v.object({
  /** Absent for an alarm on an expression. */
  Namespace: v.optional(v.string()),
  MetricName: v.optional(v.string(), ''),
  Unit: v.optional(v.string()),
  Dimensions: v.optional(v.array(Dimension), []),
  TreatMissingData: v.string(),
  Statistic: v.optional(v.string()),
  Metrics: v.optional(v.array(Query), []),
  AlarmName: v.optional(v.unknown()),
  AlarmDescription: v.string(),
  AlarmActions: v.optional(v.array(v.unknown())),
  InsufficientDataActions: v.optional(v.array(v.unknown())),
});

const template = templateWith({ serviceName: SERVICE, eventsUrl: 'https://shop.example/events' });
const alarms = resources(template, 'CloudWatch::Alarm').map(({ id, properties }) => ({
  id,
  ...v.parse(Watched, properties),
}));
/** Alarms on the functions' own metrics. */
const ours = alarms.filter(({ Namespace }) => Namespace === METRICS_NAMESPACE);

/** The one alarm of this name. */
function alarm(name: string) {
  const found = alarms.filter(({ id }) => id.startsWith(`Service${name}Alarm`));
  expect(found).toHaveLength(1);
  return found[0];
}

describe('the alarms', () => {
  it('the stack has no more alarms and keys than needed', () => {
    expect(alarms.length).toBeLessThanOrEqual(MOST_ALARMS);
    template.resourceCountIs('AWS::KMS::Key', 2);
  });

  it('an alarm uses at most ten metrics, which is CloudWatch’s limit', () => {
    for (const { id, Metrics } of alarms)
      expect(Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length, id).toBeLessThanOrEqual(10);
  });
});

describe('an alarm on a metric of the service', () => {
  it('an alarm on a service metric uses a metric that the functions write, with its unit and this service’s dimension', () => {
    expect(ours.length).toBeGreaterThan(20);
    for (const { id, MetricName, Unit, Dimensions } of ours) {
      const unit = Object.entries(METRICS).find(([name]) => name === MetricName)?.[1];
      expect(Unit, id).toBe(unit);
      expect(Dimensions, id).toEqual([{ Name: 'Service', Value: SERVICE }]);
    }
  });

  it('every metric that people must know about has an alarm', () => {
    const watched = new Set(ours.map(({ MetricName }) => MetricName));
    const onlyDrawn = Object.keys(METRICS).filter((name) => !watched.has(name));
    // Levels and normal counts are useful only on the dashboard.
    expect(onlyDrawn.toSorted()).toEqual([
      'AttributedByAnswer',
      'CancelledAmountKRW',
      'CancelledElsewhere',
      'ClosedByPeople',
      'Conflicts',
      'InDoubtAmountKRW',
      'NotExecuted',
      'NotSent',
      'ReconciliationCompared',
      'ReconciliationUnexplainedKRW',
      'RefundsCancelled',
      'RefundsUnknown',
    ]);
  });

  it('an alarm for missing data rings only after the first data has come', () => {
    for (const [name, { silence }] of Object.entries<MetricRule>(METRIC_RULES)) {
      const found = alarm(name);
      // A new alarm starts without data, and only a change of state rings.
      expect(found?.TreatMissingData, name).toBe(silence === true ? 'missing' : 'notBreaching');
      expect(found?.InsufficientDataActions?.length ?? 0, name).toBe(silence === true ? 1 : 0);
      expect(found?.Statistic === 'SampleCount', name).toBe(silence === true);
    }
  });
});

describe('the alarm for a refund in doubt', () => {
  it('a refund in doubt alarms people within fifteen minutes, or after three quiet periods if that is longer', () => {
    const { threshold, minutes, periods } =
      metricRulesFor(180)['OldestInDoubt'] ?? METRIC_RULES.OldestInDoubt;
    expect(threshold + minutes * periods * 60).toBe(900);
    expect(metricRulesFor(3600)['OldestInDoubt']?.threshold).toBe(10_800);
  });
});

describe('the alarm for slow answers', () => {
  it('the alarm for slow answers measures only cancels, because the many fast reads would hide them', () => {
    const slow = alarm('SlowAnswers');
    expect(slow).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Duration' });
    const [cancel] = resources(template, 'Lambda::Function').filter(({ id }) => id.includes('Cancel'));
    expect(slow?.Dimensions).toContainEqual({ Name: 'FunctionName', Value: { Ref: cancel?.id } });
  });
});

const ROUTED = new Set<string>(Object.values(ROUTES).map(({ door }) => door));
const RUNS = FUNCTION_NAMES.filter((door) => !ROUTED.has(door));
const ASKED = FUNCTION_NAMES.filter((door) => ROUTED.has(door));

describe('alarms on Lambda’s metrics', () => {
  it.each([
    ['FunctionErrors', ASKED, ['Errors']],
    ['Throttled', ASKED, ['Throttles']],
    ['RunsFailed', RUNS, ['Errors', 'Throttles']],
  ] as const)('is heard of for every function by one alarm: %s', (name, doors, metrics) => {
    const [sum, ...each] = alarm(name)?.Metrics ?? [];
    const expected = metrics.flatMap((metric) => doors.map((door) => `${door}${metric}`));
    expect(each.map(({ Id }) => Id)).toEqual(expected);
    // A function without calls has no value, and must not hide another's value.
    expect(sum?.Expression).toBe(`SUM([${expected.map((id) => `FILL(${id}, 0)`).join(', ')}])`);
    for (const { Id, MetricStat } of each) {
      const metric = metrics.find((ending) => Id.endsWith(ending));
      expect(MetricStat).toMatchObject({
        Metric: { Namespace: 'AWS/Lambda', MetricName: metric },
        Stat: 'Sum',
      });
    }
  });
});

describe('the alarms for refused requests', () => {
  const REFUSING = [
    {
      name: 'TokensRefused',
      refused: '{ $.status = "401" }',
      letIn:
        '{ ($.status != "401") && (($.route = "GET /*") || ($.route = "POST /payments*") || ($.route = "POST /reconciliation*")) }',
      seconds: 3_600,
    },
    {
      name: 'WebhooksRefused',
      refused: '{ ($.status = "403") && ($.route = "POST /webhooks/iamport") }',
      letIn: '{ ($.status != "403") && ($.status != "429") && ($.route = "POST /webhooks/iamport") }',
      seconds: 86_400,
    },
  ];

  it.each(REFUSING)('refused and accepted requests are both counted: $name', ({ name, refused, letIn }) => {
    const filters = resources(template, 'Logs::MetricFilter')
      .map(({ properties }) => properties)
      .filter((properties) => JSON.stringify(properties).includes(`"${name}"`));
    const counted = {
      MetricNamespace: 'IamportRefunds/Gateway',
      MetricName: name,
      Dimensions: [{ Key: 'Service', Value: '$.service' }],
    };
    expect(filters).toMatchObject([
      { FilterPattern: refused, MetricTransformations: [{ ...counted, MetricValue: '1' }] },
      { FilterPattern: letIn, MetricTransformations: [{ ...counted, MetricValue: '0' }] },
    ]);
  });

  it.each(REFUSING)(
    'an alarm rings when many requests are refused and none is accepted: $name',
    ({ name, seconds }) => {
      const [found] = resources(template, 'CloudWatch::Alarm').filter(({ id }) =>
        id.startsWith(`Service${name}Alarm`),
      );
      expect(found?.properties['Metrics']).toMatchObject([
        { Expression: 'IF(share >= 1 AND asked >= 10, 1, 0)' },
        ...['Average', 'SampleCount'].map((Stat) => ({
          MetricStat: {
            Stat,
            Unit: 'Count',
            Period: seconds,
            Metric: {
              Namespace: 'IamportRefunds/Gateway',
              MetricName: name,
              Dimensions: [{ Name: 'Service', Value: SERVICE }],
            },
          },
        })),
      ]);
    },
  );
});

describe('each schedule', () => {
  it('each schedule has an alarm for missing runs, with a period longer than its interval', () => {
    const silent = Object.values<MetricRule>(METRIC_RULES).filter(({ silence }) => silence === true);
    const longest = silent.map(({ minutes, periods }) => minutes * periods).toSorted((a, b) => a - b);
    const [everyMinute = 0, everyHour = 0, everyNight = 0] = longest;
    expect(longest).toHaveLength(resources(template, 'Scheduler::Schedule').length);
    expect(everyMinute).toBeGreaterThan(1);
    expect(everyHour).toBeGreaterThan(60);
    expect(everyNight).toBeGreaterThan(24 * 60);
  });
});

/** The functions whose deployments use this alarm. */
const STAFF: readonly string[] = ['closeRefund', 'listRefunds', 'getReconciliation', 'acknowledgeFinding'];
function teamOf(door: string): string {
  if (!ROUTED.has(door)) return 'runs';
  return STAFF.includes(door) ? 'staff' : 'payments';
}

describe('a new version', () => {
  it.each(FUNCTION_NAMES)(
    'a new version of %s is rolled back for its errors, whether Lambda counts them or they become an answer',
    (door) => {
      const canary = alarm(`${teamOf(door)}Deployment`);
      const [sum, ...each] = canary?.Metrics ?? [];
      const ids = FUNCTION_NAMES.filter((other) => teamOf(other) === teamOf(door)).flatMap((other) => [
        `${other}Errors`,
        `${other}Unexpected`,
      ]);
      expect(sum?.Expression).toBe(`SUM([${ids.map((id) => `FILL(${id}, 0)`).join(', ')}])`);
      const [errors, unexpected] = each.filter(({ Id }) => Id.startsWith(door));
      const version = { 'Fn::GetAtt': [expect.stringContaining('CurrentVersion'), 'Version'] };
      expect(errors?.MetricStat?.Metric).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Errors' });
      expect(errors?.MetricStat?.Metric.Dimensions).toContainEqual({
        Name: 'ExecutedVersion',
        Value: version,
      });
      expect(unexpected?.MetricStat?.Metric).toMatchObject({
        Namespace: METRICS_NAMESPACE,
        MetricName: 'UnexpectedErrors',
      });
      expect(unexpected?.MetricStat?.Metric.Dimensions).toEqual([
        { Name: 'Function', Value: door },
        { Name: 'Service', Value: SERVICE },
        { Name: 'Version', Value: version },
      ]);
      template.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
        AlarmConfiguration: { Enabled: true, Alarms: [{ Name: { Ref: canary?.id } }] },
      });
    },
  );

  it('each new version has its own alarm, so an alarm that already rings cannot stop the deployment of the fix', () => {
    for (const door of FUNCTION_NAMES) {
      // An alarm with another name does not inherit the state of the previous version's alarm.
      const name = JSON.stringify(alarm(`${teamOf(door)}Deployment`)?.AlarmName);
      expect(name).toMatch(new RegExp(`Service${door}FunctionCurrentVersion`, 'i'));
      expect(name).toContain(`-${teamOf(door)}-version`);
    }
  });

  it('a new version takes traffic only after the deployment group uses its alarm', () => {
    const groups = resources(template, 'CodeDeploy::DeploymentGroup').map(({ id }) => id);
    const waited = resources(template, 'Lambda::Alias').map(({ dependsOn }) =>
      groups.filter((group) => dependsOn.includes(group)),
    );
    expect(waited.map((each) => each.length)).toEqual(groups.map(() => 1));
    expect(waited.flat().toSorted()).toEqual(groups.toSorted());
  });
});

describe('every alarm', () => {
  it('every alarm explains its threshold, has a runbook entry and notifies people, and every entry has an alarm', () => {
    const paper = readPaper('lib/stack/RUNBOOK.md');
    const entries = paper.slice(paper.indexOf('\n# Alarms'));
    const headings = [...entries.matchAll(/^## (\S+)$/gm)].map(([, heading = '']) => heading.toLowerCase());
    const anchors = new Set<string>();
    for (const { id, AlarmDescription, AlarmActions } of alarms) {
      const [, why = '', anchor = ''] =
        /^(.{20,}) Runbook: lib\/stack\/RUNBOOK\.md#(\w+)$/.exec(AlarmDescription) ?? [];
      expect(why, id).not.toBe('');
      expect(headings, id).toContain(anchor);
      anchors.add(anchor);
      // The canary alarms act on the deployment and do not notify people.
      expect(AlarmActions !== undefined, id).toBe(!id.includes('Deployment'));
    }
    expect(headings.filter((heading) => !anchors.has(heading))).toEqual([]);
  });

  it('every alarm’s metrics are on the dashboard', () => {
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    const [dashboard] = resources(template, 'CloudWatch::Dashboard');
    const body = JSON.stringify(dashboard?.properties);
    for (const { id, AlarmActions } of alarms) expect(body.includes(id), id).toBe(AlarmActions !== undefined);
    const drawn = [...body.matchAll(/IamportRefunds\\",\\"(\w+)\\",\\"Service\\",\\"([^"\\]+)/g)];
    expect(drawn.length).toBeGreaterThan(20);
    for (const [, name = '', service] of drawn) {
      expect(Object.keys(METRICS)).toContain(name);
      expect(service).toBe(SERVICE);
    }
  });
});

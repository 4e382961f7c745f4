import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { beforeAll, describe, expect, it } from 'vitest';
import { METRICS, METRICS_NAMESPACE } from '../../functions/runtime/metrics.ts';
import { METRIC_RULES, metricRulesFor, type MetricRule } from '../../lib/stack/alarm-rules.ts';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import { ROUTES } from '../../lib/stack/routes.ts';
import { checkedTemplate, read, resources, stackWith, type Found } from './support.ts';

const SERVICE = 'refunds-of-the-shop';

/** More would not tell more failures apart: what is left has an entry of its own in the runbook, or a version of its own. */
const MOST_ALARMS = 40;

const Dimension = v.object({ Name: v.string(), Value: v.unknown() });
/** A part of an expression that several metrics are put together by. */
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
  /** None where several are put together. */
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

let template: Template;
beforeAll(() => {
  template = checkedTemplate({ serviceName: SERVICE, eventsUrl: 'https://shop.example/events' });
});

function alarms(): readonly (v.InferOutput<typeof Watched> & Pick<Found, 'id'>)[] {
  return resources(template, 'AWS::CloudWatch::Alarm').map(({ id, properties }) => ({
    id,
    ...v.parse(Watched, properties),
  }));
}

/** Alarms on what the functions count themselves. */
function ours() {
  return alarms().filter(({ Namespace }) => Namespace === METRICS_NAMESPACE);
}

/** The one alarm of this name. */
function alarm(name: string) {
  const found = alarms().filter(({ id }) => id.startsWith(`Service${name}Alarm`));
  expect(found).toHaveLength(1);
  return found[0];
}

describe('the alarms', () => {
  it('are as few as tell every failure apart, and so are the keys', () => {
    expect(alarms().length).toBeLessThanOrEqual(MOST_ALARMS);
    template.resourceCountIs('AWS::KMS::Key', 2);
  });

  it('look at ten metrics at most, which is all that CloudWatch takes', () => {
    for (const { id, Metrics } of alarms())
      expect(Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length, id).toBeLessThanOrEqual(10);
  });
});

describe('an alarm on a metric of the service', () => {
  it('asks for a metric that the functions write, with their unit, and for this service alone', () => {
    expect(ours().length).toBeGreaterThan(20);
    for (const { id, MetricName, Unit, Dimensions } of ours()) {
      const unit = Object.entries(METRICS).find(([name]) => name === MetricName)?.[1];
      expect(Unit, id).toBe(unit);
      expect(Dimensions, id).toEqual([{ Name: 'Service', Value: SERVICE }]);
    }
  });

  it('is there for everything that somebody must hear of', () => {
    const watched = new Set(ours().map(({ MetricName }) => MetricName));
    const onlyDrawn = Object.keys(METRICS).filter((name) => !watched.has(name));
    // Levels and normal counts, which mean something only beside each other.
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

  it('rings at silence where something should come, but not before it came for the first time', () => {
    for (const [name, { silence }] of Object.entries<MetricRule>(METRIC_RULES)) {
      const found = alarm(name);
      // A new alarm begins without data: only the change to that state rings.
      expect(found?.TreatMissingData, name).toBe(silence === true ? 'missing' : 'notBreaching');
      expect(found?.InsufficientDataActions?.length ?? 0, name).toBe(silence === true ? 1 : 0);
      expect(found?.Statistic === 'SampleCount', name).toBe(silence === true);
    }
  });
});

describe('a refund that does not settle', () => {
  it('reaches people within fifteen minutes, or after three quiet periods where those are longer', () => {
    const { threshold, minutes, periods } =
      metricRulesFor(180)['OldestInDoubt'] ?? METRIC_RULES.OldestInDoubt;
    expect(threshold + minutes * periods * 60).toBe(900);
    expect(metricRulesFor(3600)['OldestInDoubt']?.threshold).toBe(10_800);
  });
});

describe('slow answers', () => {
  it('are those of cancels alone: a page that reads while it waits would make every median a fast one', () => {
    const slow = alarm('SlowAnswers');
    expect(slow).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Duration' });
    const [cancel] = resources(template, 'AWS::Lambda::Function').filter(({ id }) => id.includes('Cancel'));
    expect(slow?.Dimensions).toContainEqual({ Name: 'FunctionName', Value: { Ref: cancel?.id } });
  });
});

const ROUTED = new Set<string>(Object.values(ROUTES).map(({ door }) => door));
const RUNS = FUNCTION_NAMES.filter((door) => !ROUTED.has(door));
const ASKED = FUNCTION_NAMES.filter((door) => ROUTED.has(door));

describe('what Lambda counts', () => {
  it.each([
    ['FunctionErrors', ASKED, ['Errors']],
    ['Throttled', ASKED, ['Throttles']],
    ['RunsFailed', RUNS, ['Errors', 'Throttles']],
  ] as const)('is heard of for every function by one alarm: %s', (name, doors, metrics) => {
    const [sum, ...each] = alarm(name)?.Metrics ?? [];
    const expected = metrics.flatMap((metric) => doors.map((door) => `${door}${metric}`));
    expect(each.map(({ Id }) => Id)).toEqual(expected);
    // A function that nobody has called has no value, and hides no other's.
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

describe('a request that the gateway or an address keeps out', () => {
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

  it.each(REFUSING)('is counted beside those that are let in: $name', ({ name, refused, letIn }) => {
    const filters = resources(template, 'AWS::Logs::MetricFilter')
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

  it.each(REFUSING)('rings when many are refused and nobody is let in: $name', ({ name, seconds }) => {
    const [found] = resources(template, 'AWS::CloudWatch::Alarm').filter(({ id }) =>
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
  });

  it('is in the access log with what the filters ask for', () => {
    const [stage] = resources(template, 'AWS::ApiGatewayV2::Stage');
    const settings = v.parse(v.object({ Format: v.string() }), stage?.properties['AccessLogSettings']);
    expect(JSON.parse(settings.Format)).toMatchObject({
      service: SERVICE,
      status: '$context.status',
      route: '$context.routeKey',
    });
  });
});

describe('each schedule', () => {
  it('has an alarm for its silence, which lasts longer than the time between two of its runs', () => {
    const silent = Object.values<MetricRule>(METRIC_RULES).filter(({ silence }) => silence === true);
    const longest = silent.map(({ minutes, periods }) => minutes * periods).toSorted((a, b) => a - b);
    const [everyMinute = 0, everyHour = 0, everyNight = 0] = longest;
    expect(longest).toHaveLength(resources(template, 'AWS::Scheduler::Schedule').length);
    expect(everyMinute).toBeGreaterThan(1);
    expect(everyHour).toBeGreaterThan(60);
    expect(everyNight).toBeGreaterThan(24 * 60);
  });
});

describe('a stack whose alarms reach nobody', () => {
  const warnings = (context: Readonly<Record<string, unknown>>) =>
    Annotations.fromStack(stackWith(context)).findWarning('*', Match.stringLikeRegexp('alarmEmail'));

  it('is warned of when it is synthesized, and one with an address is not', () => {
    expect(warnings({})).toHaveLength(1);
    expect(warnings({ alarmEmail: 'oncall@shop.example' })).toEqual([]);
  });
});

/** Which doors are shifted by one alarm. */
const STAFF: readonly string[] = ['closeRefund', 'listRefunds', 'getReconciliation', 'acknowledgeFinding'];
function teamOf(door: string): string {
  if (!ROUTED.has(door)) return 'runs';
  return STAFF.includes(door) ? 'staff' : 'payments';
}

describe('a new version', () => {
  it.each(FUNCTION_NAMES)(
    'of %s is taken back by its errors, counted by Lambda or turned into an answer',
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

  it('has an alarm of its own, so that one that rings already cannot stop the deployment that mends it', () => {
    for (const door of FUNCTION_NAMES) {
      // Another name is another alarm: its state does not come from the version before.
      const name = JSON.stringify(alarm(`${teamOf(door)}Deployment`)?.AlarmName);
      expect(name).toMatch(new RegExp(`Service${door}FunctionCurrentVersion`, 'i'));
      expect(name).toContain(`-${teamOf(door)}-version`);
    }
  });

  it('begins to take over when the deployment group looks at its alarm', () => {
    const groups = resources(template, 'AWS::CodeDeploy::DeploymentGroup').map(({ id }) => id);
    const waited = resources(template, 'AWS::Lambda::Alias').map(({ dependsOn }) =>
      groups.filter((group) => dependsOn.includes(group)),
    );
    expect(waited.map((each) => each.length)).toEqual(groups.map(() => 1));
    expect(waited.flat().toSorted()).toEqual(groups.toSorted());
  });
});

describe('every alarm', () => {
  it('says why its threshold, has its entry in the runbook, and reaches people; no entry is left without one', () => {
    const paper = read('lib/stack/RUNBOOK.md');
    const entries = paper.slice(paper.indexOf('\n# Alarms'));
    const headings = [...entries.matchAll(/^## (\S+)$/gm)].map(([, heading = '']) => heading.toLowerCase());
    const anchors = new Set<string>();
    for (const { id, AlarmDescription, AlarmActions } of alarms()) {
      const [, why = '', anchor = ''] =
        /^(.{20,}) Runbook: lib\/stack\/RUNBOOK\.md#(\w+)$/.exec(AlarmDescription) ?? [];
      expect(why, id).not.toBe('');
      expect(headings, id).toContain(anchor);
      anchors.add(anchor);
      // The canary's own alarms act on the deployment instead.
      expect(AlarmActions !== undefined, id).toBe(!id.includes('Deployment'));
    }
    expect(headings.filter((heading) => !anchors.has(heading))).toEqual([]);
  });

  it('is on the dashboard, which asks for the same metrics', () => {
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    const [dashboard] = resources(template, 'AWS::CloudWatch::Dashboard');
    const body = JSON.stringify(dashboard?.properties);
    for (const { id, AlarmActions } of alarms())
      expect(body.includes(id), id).toBe(AlarmActions !== undefined);
    const drawn = [...body.matchAll(/IamportRefunds\\",\\"(\w+)\\",\\"Service\\",\\"([^"\\]+)/g)];
    expect(drawn.length).toBeGreaterThan(20);
    for (const [, name = '', service] of drawn) {
      expect(Object.keys(METRICS)).toContain(name);
      expect(service).toBe(SERVICE);
    }
  });
});

describe('two services in one account', () => {
  it('have a name each, so that neither rings for the other', () => {
    const byPath = checkedTemplate();
    const [drift] = resources(byPath, 'AWS::CloudWatch::Alarm').filter(({ id }) => id.includes('Drift'));
    expect(drift?.properties['Dimensions']).toEqual([{ Name: 'Service', Value: 'RefundService/Service' }]);
    byPath.allResourcesProperties('AWS::Lambda::Function', {
      Environment: { Variables: { SERVICE_NAME: 'RefundService/Service' } },
    });
  });
});

import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { METRICS, METRICS_NAMESPACE } from '../../functions/runtime/metrics.ts';
import { metricRules, type MetricRule } from '../../lib/stack/alarm-rules.ts';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import { ROUTE_KEYS, ROUTES } from '../../lib/stack/routes.ts';
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
    v.looseObject({
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

const named = (part: string): unknown => expect.stringContaining(part);

/** The one alarm of this name. */
function alarm(name: string) {
  const found = alarms.filter(({ id }) => id.startsWith(`Service${name}Alarm`));
  expect(found).toHaveLength(1);
  return found[0];
}

describe('the alarms', () => {
  it('the stack has no more alarms and keys than needed, and no alarm exceeds CloudWatch’s ten metrics', () => {
    expect(alarms.length).toBeLessThanOrEqual(MOST_ALARMS);
    template.resourceCountIs('AWS::KMS::Key', 2);
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
    for (const [name, { silence }] of Object.entries<MetricRule>(metricRules(180))) {
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
    const { threshold, minutes, periods } = metricRules(180).OldestInDoubt;
    expect(threshold + minutes * periods * 60).toBe(900);
    expect(metricRules(3600).OldestInDoubt.threshold).toBe(10_800);
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
  it.each([
    ['TokensRefused', '401', 3_600],
    ['WebhooksRefused', '403', 86_400],
  ])('%s rings when many requests are refused and none is accepted', (name, status, seconds) => {
    const metric = {
      MetricNamespace: 'IamportRefunds/Gateway',
      MetricName: name,
      Dimensions: [{ Key: 'Service', Value: '$.service' }],
    };
    const filters = resources(template, 'Logs::MetricFilter').filter(({ properties }) =>
      JSON.stringify(properties).includes(`"${name}"`),
    );
    const refused = `$.status = "${status}"`;
    const accepted = `$.status != "${status}"`;
    expect(filters.map(({ properties }) => properties)).toMatchObject([
      { FilterPattern: named(refused), MetricTransformations: [{ ...metric, MetricValue: '1' }] },
      { FilterPattern: named(accepted), MetricTransformations: [{ ...metric, MetricValue: '0' }] },
    ]);
    expect(alarm(name)?.Metrics).toMatchObject([
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

  it('every route is counted by one of the two', () => {
    const patterns = resources(template, 'Logs::MetricFilter').map(({ properties }) =>
      String(properties['FilterPattern']),
    );
    const [, tokens = '', , webhooks = ''] = patterns;
    for (const route of ROUTE_KEYS) {
      const counting = [tokens, webhooks].filter((pattern) =>
        [...pattern.matchAll(/\$\.route = "([^"*]+)/g)].some(([, begin = '']) => route.startsWith(begin)),
      );
      expect(counting, route).toHaveLength(1);
    }
  });
});

describe('each schedule', () => {
  it('each schedule has an alarm for missing runs, with a period longer than its interval', () => {
    const silent = Object.values<MetricRule>(metricRules(180)).filter(({ silence }) => silence === true);
    const longest = silent.map(({ minutes, periods }) => minutes * periods).toSorted((a, b) => a - b);
    const [everyMinute = 0, everyHour = 0, everyNight = 0] = longest;
    expect(longest).toHaveLength(resources(template, 'Scheduler::Schedule').length);
    expect(everyMinute).toBeGreaterThan(1);
    expect(everyHour).toBeGreaterThan(60);
    expect(everyNight).toBeGreaterThan(24 * 60);
  });
});

const STAFF = ['closeRefund', 'listRefunds', 'getReconciliation', 'acknowledgeFinding'] as const;

describe('a new version', () => {
  it.each([
    ['payments', ASKED.filter((door) => !STAFF.some((each) => each === door))],
    ['staff', STAFF],
    ['runs', RUNS],
  ])('a new version is rolled back for its errors, counted by Lambda or answered: %s', (group, doors) => {
    const canary = alarm(`${group}Deployment`);
    const [sum, ...each] = canary?.Metrics ?? [];
    const ids = doors.flatMap((door) => [`${door}Errors`, `${door}Unexpected`]);
    expect(sum?.Expression).toBe(`SUM([${ids.map((id) => `FILL(${id}, 0)`).join(', ')}])`);
    for (const door of doors) {
      const [errors, unexpected] = each.filter(({ Id }) => Id.startsWith(door));
      const version = { 'Fn::GetAtt': [named('CurrentVersion'), 'Version'] };
      expect(errors?.MetricStat?.Metric).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Errors' });
      expect(errors?.MetricStat?.Metric.Dimensions).toContainEqual({
        Name: 'ExecutedVersion',
        Value: version,
      });
      expect(unexpected?.MetricStat?.Metric).toMatchObject({
        Namespace: METRICS_NAMESPACE,
        MetricName: 'UnexpectedErrors',
        Dimensions: [
          { Name: 'Function', Value: door },
          { Name: 'Service', Value: SERVICE },
          { Name: 'Version', Value: version },
        ],
      });
      const groups = resources(template, 'CodeDeploy::DeploymentGroup', `Service${door}Shift`);
      expect(groups.map(({ properties }) => properties['AlarmConfiguration'])).toEqual([
        { Enabled: true, Alarms: [{ Name: { Ref: canary?.id } }] },
      ]);
      // An alarm with another name does not inherit the state of the previous version's alarm.
      const name = JSON.stringify(canary?.AlarmName);
      expect(name).toMatch(new RegExp(`Service${door}FunctionCurrentVersion`, 'i'));
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

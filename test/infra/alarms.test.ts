import { describe, expect, it } from 'vitest';
import { METRICS, METRICS_NAMESPACE } from '../../functions/runtime/metrics.ts';
import { metricRules, type MetricRule } from '../../lib/stack/alarm-rules.ts';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import { ROUTE_KEYS, ROUTES } from '../../lib/stack/routes.ts';
import { readPaper } from '../support/papers.ts';
import { only, resources, templateWith } from './support.ts';

const SERVICE = 'refunds-of-the-shop';

/** The limit on the number of alarms: each has its own entry in the runbook, or belongs to its own function version. */
const MOST_ALARMS = 40;

/** One metric of an alarm on an expression. */
interface Query {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: { readonly Dimensions: readonly object[] } };
}

const template = templateWith({ serviceName: SERVICE, eventsUrl: 'https://shop.example/events' });
const alarms = resources(template, 'CloudWatch::Alarm');
const RULES = Object.entries<MetricRule>(metricRules(180));
const named = (part: string): unknown => expect.stringContaining(part);

const alarm = (name: string) => only(template, 'CloudWatch::Alarm', `Service${name}Alarm`).properties;
const queriesOf = (properties: Readonly<Record<string, unknown>>) =>
  (properties['Metrics'] ?? []) as readonly Query[];
/** A function without calls has no value, and must not hide another's value. */
const sumOf = (ids: readonly string[]) => `SUM([${ids.map((id) => `FILL(${id}, 0)`).join(', ')}])`;

describe('the alarms', () => {
  it('the stack has no more alarms and keys than needed, and no alarm exceeds CloudWatch’s ten metrics', () => {
    expect(alarms.length).toBeLessThanOrEqual(MOST_ALARMS);
    expect(resources(template, 'KMS::Key')).toHaveLength(2);
    for (const { id, properties } of alarms)
      expect(queriesOf(properties).filter(({ MetricStat }) => MetricStat).length, id).toBeLessThan(11);
  });

  it('every alarm explains itself, has a runbook entry and notifies people, and every entry has an alarm', () => {
    const paper = readPaper('lib/stack/RUNBOOK.md');
    const entries = paper.slice(paper.indexOf('\n# Alarms'));
    const headings = [...entries.matchAll(/^## (\S+)$/gm)].map(([, heading = '']) => heading.toLowerCase());
    const anchors = alarms.map(({ id, properties }) => {
      const description = String(properties['AlarmDescription']);
      const [, anchor = ''] = /^.{20,} Runbook: lib\/stack\/RUNBOOK\.md#(\w+)$/.exec(description) ?? [];
      expect(headings, id).toContain(anchor);
      return anchor;
    });
    expect(headings.filter((heading) => !anchors.includes(heading))).toEqual([]);
  });

  it('every alarm notifies people and is on the dashboard, but for those of deployments, which act by themselves', () => {
    const body = JSON.stringify(only(template, 'CloudWatch::Dashboard').properties);
    for (const { id, properties } of alarms) {
      const isForPeople = !id.includes('Deployment');
      expect(properties['AlarmActions'] !== undefined, id).toBe(isForPeople);
      expect(body.includes(id), id).toBe(isForPeople);
    }
    const drawn = [...body.matchAll(/IamportRefunds\\",\\"(\w+)\\",\\"Service\\",\\"([^"\\]+)/g)];
    expect(drawn.length).toBeGreaterThan(20);
    for (const [, name = '', service] of drawn) {
      expect(Object.keys(METRICS)).toContain(name);
      expect(service).toBe(SERVICE);
    }
    // UnexpectedErrors is counted by function and version, and its alarms are drawn.
    const missing = Object.keys(METRICS).filter((name) => !drawn.some(([, each]) => each === name));
    expect(missing).toEqual(['UnexpectedErrors']);
  });
});

describe('an alarm on a metric of the service', () => {
  it.each(RULES)(
    '%s uses its metric as the functions write it; missing data rings only after data',
    (name, rule) => {
      const { metric, statistic, silence } = rule;
      const found = alarm(name);
      expect(found).toMatchObject({
        Namespace: METRICS_NAMESPACE,
        MetricName: metric,
        Statistic: statistic,
        Unit: METRICS[metric],
        Dimensions: [{ Name: 'Service', Value: SERVICE }],
        // A new alarm starts without data, and only a change of state rings.
        TreatMissingData: silence === true ? 'missing' : 'notBreaching',
      });
      expect('InsufficientDataActions' in found).toBe(silence === true);
    },
  );

  it('every metric that people must know about has an alarm', () => {
    const watched = new Set<string>([...RULES.map(([, { metric }]) => metric), 'UnexpectedErrors']);
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
    const unexpected = { MetricName: 'UnexpectedErrors', Dimensions: [{ Name: 'Service', Value: SERVICE }] };
    expect(alarm('UnexpectedErrors')).toMatchObject(unexpected);
  });

  it('a refund in doubt alarms people within fifteen minutes, or after three quiet periods if that is longer', () => {
    const { threshold, minutes, periods } = metricRules(180).OldestInDoubt;
    expect(threshold + minutes * periods * 60).toBe(900);
    expect(metricRules(3600).OldestInDoubt.threshold).toBe(10_800);
  });

  it('each schedule has an alarm for missing runs, with a period longer than its interval', () => {
    const silent = RULES.flatMap(([, { silence, minutes, periods }]) =>
      silence === true ? [minutes * periods] : [],
    );
    const [everyMinute = 0, everyHour = 0, everyNight = 0] = silent.toSorted((a, b) => a - b);
    expect(silent).toHaveLength(resources(template, 'Scheduler::Schedule').length);
    expect(everyMinute).toBeGreaterThan(1);
    expect(everyHour).toBeGreaterThan(60);
    expect(everyNight).toBeGreaterThan(24 * 60);
  });
});

const ROUTED = new Set<string>(Object.values(ROUTES).map(({ door }) => door));
const RUNS = FUNCTION_NAMES.filter((door) => !ROUTED.has(door));
const ASKED = FUNCTION_NAMES.filter((door) => ROUTED.has(door));

describe('alarms on Lambda’s metrics', () => {
  it('the alarm for slow answers measures only cancels, because the many fast reads would hide them', () => {
    const cancel = only(template, 'Lambda::Function', 'CancelPayment').id;
    const slow = alarm('SlowAnswers');
    expect(slow).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Duration' });
    expect(slow['Dimensions']).toContainEqual({ Name: 'FunctionName', Value: { Ref: cancel } });
  });

  it.each([
    ['FunctionErrors', ASKED, ['Errors']],
    ['Throttled', ASKED, ['Throttles']],
    ['RunsFailed', RUNS, ['Errors', 'Throttles']],
  ] as const)('is heard of for every function by one alarm: %s', (name, doors, metrics) => {
    const each = metrics.flatMap((metric) => doors.map((door) => ({ id: `${door}${metric}`, metric })));
    expect(queriesOf(alarm(name))).toMatchObject([
      { Expression: sumOf(each.map(({ id }) => id)) },
      ...each.map(({ id, metric }) => ({
        Id: id,
        MetricStat: { Metric: { Namespace: 'AWS/Lambda', MetricName: metric }, Stat: 'Sum' },
      })),
    ]);
  });
});

describe('the alarms for refused requests', () => {
  it.each([
    ['TokensRefused', '401', 3_600],
    ['WebhooksRefused', '403', 86_400],
  ])('%s rings when many requests are refused and none is accepted', (name, status, Period) => {
    const metric = {
      MetricNamespace: 'IamportRefunds/Gateway',
      MetricName: name,
      Dimensions: [{ Key: 'Service', Value: '$.service' }],
    };
    const filters = resources(template, 'Logs::MetricFilter').filter(({ properties }) =>
      JSON.stringify(properties).includes(`"${name}"`),
    );
    expect(filters.map(({ properties }) => properties)).toMatchObject([
      {
        FilterPattern: named(`$.status = "${status}"`),
        MetricTransformations: [{ ...metric, MetricValue: '1' }],
      },
      {
        FilterPattern: named(`$.status != "${status}"`),
        MetricTransformations: [{ ...metric, MetricValue: '0' }],
      },
    ]);
    const Metric = {
      Namespace: 'IamportRefunds/Gateway',
      MetricName: name,
      Dimensions: [{ Name: 'Service', Value: SERVICE }],
    };
    expect(alarm(name)['Metrics']).toMatchObject([
      { Expression: 'IF(share >= 1 AND asked >= 10, 1, 0)' },
      ...['Average', 'SampleCount'].map((Stat) => ({ MetricStat: { Stat, Unit: 'Count', Period, Metric } })),
    ]);
  });

  it('every route is counted by one of the two', () => {
    const [, tokens = '', , webhooks = ''] = resources(template, 'Logs::MetricFilter').map(({ properties }) =>
      String(properties['FilterPattern']),
    );
    for (const route of ROUTE_KEYS) {
      const counting = [tokens, webhooks].filter((pattern) =>
        [...pattern.matchAll(/\$\.route = "([^"*]+)/g)].some(([, begin = '']) => route.startsWith(begin)),
      );
      expect(counting, route).toHaveLength(1);
    }
  });
});

const STAFF = ['closeRefund', 'listRefunds', 'getReconciliation', 'acknowledgeFinding'] as const;

describe('a new version', () => {
  it.each([
    ['payments', ASKED.filter((door) => !STAFF.some((each) => each === door))],
    ['staff', STAFF],
    ['runs', RUNS],
  ])('a new version is rolled back for its errors, counted by Lambda or answered: %s', (group, doors) => {
    const canary = only(template, 'CloudWatch::Alarm', `Service${group}Deployment`);
    const [sum, ...each] = queriesOf(canary.properties);
    const ids = doors.flatMap((door) => [`${door}Errors`, `${door}Unexpected`]);
    expect(sum?.Expression).toBe(sumOf(ids));
    for (const door of doors) {
      const Value = { 'Fn::GetAtt': [named('CurrentVersion'), 'Version'] };
      const [errors, unexpected] = each
        .filter(({ Id }) => Id.startsWith(door))
        .map(({ MetricStat }) => MetricStat?.Metric);
      expect(errors).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Errors' });
      expect(errors?.Dimensions).toContainEqual({ Name: 'ExecutedVersion', Value });
      expect(unexpected).toMatchObject({ Namespace: METRICS_NAMESPACE, MetricName: 'UnexpectedErrors' });
      const service = { Name: 'Service', Value: SERVICE };
      const dimensions = [{ Name: 'Function', Value: door }, service, { Name: 'Version', Value }];
      expect(unexpected?.Dimensions).toEqual(dimensions);
      const shift = only(template, 'CodeDeploy::DeploymentGroup', `Service${door}Shift`);
      expect(shift.properties).toMatchObject({
        DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
        AutoRollbackConfiguration: {
          Enabled: true,
          Events: expect.arrayContaining(['DEPLOYMENT_STOP_ON_ALARM']) as unknown,
        },
        AlarmConfiguration: { Enabled: true, Alarms: [{ Name: { Ref: canary.id } }] },
      });
      // A new version takes traffic only after its deployment group uses its alarm.
      const Door = `${door.charAt(0).toUpperCase()}${door.slice(1)}`;
      expect(only(template, 'Lambda::Alias', `Service${Door}Live`).dependsOn).toContain(shift.id);
      // An alarm with another name does not inherit the state of the previous version's alarm.
      expect(JSON.stringify(canary.properties['AlarmName'])).toContain(
        `Service${Door}FunctionCurrentVersion`,
      );
    }
  });
});

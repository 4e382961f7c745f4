import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { beforeAll, describe, expect, it } from 'vitest';
import { METRICS, METRICS_NAMESPACE } from '../../functions/runtime/metrics.ts';
import { METRIC_RULES, metricRulesFor, type MetricRule } from '../../lib/stack/alarm-rules.ts';
import { FUNCTION_NAMES } from '../../lib/stack/service-functions.ts';
import { checkedTemplate, read, resources, stackWith, type Found } from './support.ts';

const SERVICE = 'refunds-of-the-shop';

const Dimension = v.object({ Name: v.string(), Value: v.unknown() });
const Watched = v.object({
  /** None where several are put together. */
  Namespace: v.optional(v.string()),
  MetricName: v.optional(v.string(), ''),
  Unit: v.optional(v.string()),
  Dimensions: v.optional(v.array(Dimension), []),
  TreatMissingData: v.string(),
  Statistic: v.optional(v.string()),
  AlarmDescription: v.string(),
  AlarmActions: v.optional(v.array(v.unknown())),
});

let template: Template;
beforeAll(() => {
  template = checkedTemplate({ serviceName: SERVICE });
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

describe('an alarm on a metric of the service', () => {
  it('asks for a metric that the functions write, with their unit, and for this service alone', () => {
    expect(ours().length).toBeGreaterThan(30);
    for (const { id, MetricName, Unit, Dimensions } of ours()) {
      const unit = Object.entries(METRICS).find(([name]) => name === MetricName)?.[1];
      expect(Unit, id).toBe(unit);
      expect(Dimensions, id).toContainEqual({ Name: 'Service', Value: SERVICE });
      const more = Dimensions.map(({ Name }) => Name).filter((name) => name !== 'Service');
      const expected = MetricName !== 'UnexpectedErrors' ? [] : id.includes('Deployment') ? 2 : 1;
      expect(more, id).toHaveLength(expected === 1 || expected === 2 ? expected : 0);
    }
  });

  it('is there for everything that somebody must hear of', () => {
    const watched = new Set(ours().map(({ MetricName }) => MetricName));
    const onlyDrawn = Object.keys(METRICS).filter((name) => !watched.has(name));
    // Levels and counts of the trade, which mean something only beside each other.
    expect(onlyDrawn.toSorted()).toEqual([
      'CancelledAmountKRW',
      'ClosedByPeople',
      'Conflicts',
      'InDoubtAmountKRW',
      'NotExecuted',
      'ReconciliationExplainedKRW',
      'ReconciliationUnexplainedKRW',
      'RefundsCancelled',
      'RefundsUnknown',
    ]);
  });

  it('takes silence for the alarm where something should come, and for peace elsewhere', () => {
    for (const [name, { silence }] of Object.entries<MetricRule>(METRIC_RULES)) {
      const alarm = ours().find(({ id }) => id.startsWith(`Service${name}Alarm`));
      expect(alarm?.TreatMissingData, name).toBe(silence === true ? 'breaching' : 'notBreaching');
      expect(alarm?.Statistic === 'SampleCount', name).toBe(silence === true);
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
    const [slow] = alarms().filter(({ id }) => id.startsWith('ServiceSlowAnswersAlarm'));
    expect(slow).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Duration' });
    const [cancel] = resources(template, 'AWS::Lambda::Function').filter(({ id }) => id.includes('Cancel'));
    expect(slow?.Dimensions).toContainEqual({ Name: 'FunctionName', Value: { Ref: cancel?.id } });
  });
});

describe('a request that Lambda did not start', () => {
  it.each(FUNCTION_NAMES)('is heard of at %s: the function itself cannot tell', (door) => {
    const [throttled] = alarms().filter(({ id }) => id.startsWith(`ServiceThrottled${door}Alarm`));
    expect(throttled).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Throttles' });
  });
});

describe('an issuer that cannot be reached, or another one than the tokens are of', () => {
  it('is heard of: the gateway refuses every token, and no function is asked', () => {
    const filters = resources(template, 'AWS::Logs::MetricFilter').map(({ properties }) => properties);
    const counted = {
      MetricNamespace: 'IamportRefunds/Gateway',
      MetricName: 'TokensRefused',
      Dimensions: [{ Key: 'Service', Value: '$.service' }],
    };
    expect(filters).toMatchObject([
      { FilterPattern: '{ $.status = "401" }', MetricTransformations: [{ ...counted, MetricValue: '1' }] },
      {
        FilterPattern:
          '{ ($.status != "401") && (($.route = "POST /payments*") || ($.route = "GET /payments*")) }',
        MetricTransformations: [{ ...counted, MetricValue: '0' }],
      },
    ]);
    const [stage] = resources(template, 'AWS::ApiGatewayV2::Stage');
    const settings = v.parse(v.object({ Format: v.string() }), stage?.properties['AccessLogSettings']);
    expect(JSON.parse(settings.Format)).toMatchObject({
      service: SERVICE,
      status: '$context.status',
      route: '$context.routeKey',
    });
    const [alarm] = resources(template, 'AWS::CloudWatch::Alarm').filter(({ id }) =>
      id.startsWith('ServiceTokensRefusedAlarm'),
    );
    expect(alarm?.properties['Metrics']).toMatchObject([
      { Expression: 'IF(share >= 1 AND asked >= 10, 1, 0)' },
      ...['Average', 'SampleCount'].map((Stat) => ({
        MetricStat: {
          Stat,
          Unit: 'Count',
          Metric: {
            Namespace: counted.MetricNamespace,
            MetricName: counted.MetricName,
            Dimensions: [{ Name: 'Service', Value: SERVICE }],
          },
        },
      })),
    ]);
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

describe('an unexpected error', () => {
  it.each(FUNCTION_NAMES)('of %s is an alarm, and takes back the deployment that brought it', (door) => {
    const found = ours().filter(({ MetricName, Dimensions }) => {
      const ofTheDoor = Dimensions.some(({ Name, Value }) => Name === 'Function' && Value === door);
      return MetricName === 'UnexpectedErrors' && ofTheDoor;
    });
    const [alarm, canary, ...others] = found.toSorted(
      (one, other) => one.Dimensions.length - other.Dimensions.length,
    );
    expect(others).toEqual([]);
    expect(alarm?.AlarmActions).toHaveLength(1);
    // The version that this deployment makes, so that errors of the old one stop nothing.
    const [version] = canary?.Dimensions.filter(({ Name }) => Name === 'Version') ?? [];
    expect(version?.Value).toEqual({ 'Fn::GetAtt': [expect.stringContaining('CurrentVersion'), 'Version'] });
    template.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
      AlarmConfiguration: { Enabled: true, Alarms: Match.arrayWith([{ Name: { Ref: canary?.id } }]) },
    });
  });
});

describe('every alarm', () => {
  it('says why its threshold, has its entry in the runbook, and reaches people', () => {
    const headings = [...read('lib/stack/RUNBOOK.md').matchAll(/^## (\S+)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase(),
    );
    for (const { id, AlarmDescription, AlarmActions } of alarms()) {
      const [, why = '', anchor = ''] =
        /^(.{20,}) Runbook: lib\/stack\/RUNBOOK\.md#(\w+)$/.exec(AlarmDescription) ?? [];
      expect(why, id).not.toBe('');
      expect(headings, id).toContain(anchor);
      // The canary's own alarms act on the deployment instead.
      expect(AlarmActions !== undefined, id).toBe(!id.includes('Deployment'));
    }
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

import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

import { ENVIRONMENT } from '../../../../functions/runtime/environment.ts';
import { LocalRunError } from '../errors.ts';
import type { Assembly } from './assembly.ts';
import { createPlanner, type Planner, refuseUnsupported } from './template.ts';

/** The parts of the template that the local run starts, with every reference resolved. */
export type Plan = ReturnType<typeof planService>;

/** @throws LocalRunError for what the local run does not support */
export function planService({ template, assetDirectory }: Assembly, region: string) {
  const planner = createPlanner(template, region);
  refuseUnsupported(template, planner);
  const functions = planFunctions(planner, assetDirectory);
  const secrets = [...planner.all('AWS::SecretsManager::Secret').keys()].map((id): SecretPlan => ({
    arn: planner.ref(id),
    name: `${template.stackName}-${id}`,
  }));
  const secretNamedBy = (variable: string) =>
    secrets.find(({ arn }) => arn === variableOf(variable, { functions }));
  return {
    stackName: template.stackName,
    region,
    functions,
    api: planApi(planner),
    tables: planTables(planner, functions),
    /** With i'mport's credentials. */
    secret: known(secretNamedBy(ENVIRONMENT.secretId), "secret with i'mport's credentials"),
    /** With which events are signed; undefined if none are posted. */
    eventsSecret: secretNamedBy(ENVIRONMENT.eventsSecretId),
    schedules: planSchedules(planner),
    events: planEvents(planner),
  };
}

/** @throws LocalRunError where the template lacks it */
export function known<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new LocalRunError(`The template has no ${what}`);
  return value;
}

/** @throws LocalRunError unless there is exactly one */
function only<Value>(values: Iterable<Value>, what: string): Value {
  const [found, ...others] = values;
  if (others.length > 0) throw new LocalRunError(`The local run needs exactly one ${what}`);
  return known(found, what);
}

export interface FunctionPlan {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** Directory of the bundle. */
  readonly directory: string;
  /** `file.export`, as Lambda writes it. */
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly reservedConcurrency: number | undefined;
}

interface WithFunctions {
  readonly functions: readonly FunctionPlan[];
}

function planFunctions(planner: Planner, assetDirectory: Assembly['assetDirectory']) {
  return [...planner.all('AWS::Lambda::Function')].map(([logicalId, properties]): FunctionPlan => ({
    logicalId,
    name: planner.ref(logicalId),
    arn: planner.attribute(logicalId, 'Arn'),
    directory: assetDirectory(properties.Code.S3Key),
    handler: properties.Handler,
    timeoutMs: properties.Timeout * 1000,
    memoryMb: properties.MemorySize,
    environment: properties.Environment.Variables,
    reservedConcurrency: properties.ReservedConcurrentExecutions,
  }));
}

/** The logical id of the function that an ARN or a name of it or its alias means. */
function functionNamed(named: string, planner: Planner): string {
  const ids = [...planner.all('AWS::Lambda::Function').keys()];
  return known(
    ids.find((id) => named.split(':').includes(planner.ref(id))),
    `function ${named}`,
  );
}

/** Parts of the logical ids of the scheduled functions, for the controls that run them. */
export const RESOLVER = 'ResolveRefunds';
export const RECONCILER = 'ReconcilePayments';

/** The logical id of the function whose logical id contains `name`. @throws LocalRunError unless there is exactly one */
export function functionIdOf({ functions }: WithFunctions, name: string): string {
  return only(
    functions.filter(({ logicalId }) => logicalId.includes(name)),
    `function ${name}`,
  ).logicalId;
}

/** The value that the template gives the functions for this variable. */
export function variableOf(name: string, { functions }: WithFunctions): string | undefined {
  return functions.map(({ environment }) => environment[name]).find((value) => value !== undefined);
}

/** The request that creates the table as the template defines it. */
export interface TablePlan extends CreateTableCommandInput {
  readonly TableName: string;
}

/** The shop's table and the service's own, by the names in the functions' environment. */
function planTables(planner: Planner, functions: readonly FunctionPlan[]) {
  const tables = [...planner.all('AWS::DynamoDB::Table')].map(
    ([id, { StreamSpecification: stream, ...definition }]): TablePlan => ({
      ...definition,
      TableName: planner.ref(id),
      BillingMode: 'PAY_PER_REQUEST',
      ...(stream !== undefined && { StreamSpecification: { StreamEnabled: true, ...stream } }),
    }),
  );
  const namedBy = (variable: string): TablePlan => {
    const name = variableOf(variable, { functions });
    return known(
      tables.find(({ TableName }) => TableName === name),
      `table that is the functions' ${variable}`,
    );
  };
  return { orders: namedBy(ENVIRONMENT.ordersTable), ledger: namedBy(ENVIRONMENT.ledgerTable) };
}

export interface SecretPlan {
  readonly name: string;
  readonly arn: string;
}

export type ApiPlan = ReturnType<typeof planApi>;
export type RoutePlan = ApiPlan['routes'][number];
export type AuthorizerPlan = ApiPlan['trust'];

function planApi(planner: Planner) {
  const [apiId, { CorsConfiguration: cors }] = only(planner.all('AWS::ApiGatewayV2::Api'), 'API');
  const stage = only(planner.all('AWS::ApiGatewayV2::Stage').values(), 'stage');
  const authorizer = only(planner.all('AWS::ApiGatewayV2::Authorizer').values(), 'authorizer');
  const { Issuer: issuer, Audience: audience } = authorizer.JwtConfiguration;
  const integrations = planner.all('AWS::ApiGatewayV2::Integration');
  const routes = [...planner.all('AWS::ApiGatewayV2::Route').values()].map((route) => {
    const { RouteKey: routeKey, AuthorizationType } = route;
    const target = route.Target.replace(/^integrations\//, '');
    const integration = known(integrations.get(target), `integration of ${routeKey}`);
    return {
      /** A method and a path, as the template writes them: `GET /payments/{merchant_uid}`. */
      routeKey,
      functionId: functionNamed(integration.IntegrationUri, planner),
      timeoutMs: integration.TimeoutInMillis,
      needsToken: AuthorizationType === 'JWT',
      throttle: stage.RouteSettings[routeKey] ?? stage.DefaultRouteSettings,
    };
  });
  // The local issuer has one name, so there is one authorizer.
  return { apiId, cors, trust: { issuer, audience }, routes };
}

export type EventsPlan = ReturnType<typeof planEvents>;

/** The function that the ledger's stream invokes, and where its events go. */
function planEvents(planner: Planner) {
  const sources = [...planner.all('AWS::Lambda::EventSourceMapping').values()];
  const streams = sources.filter(({ EventSourceArn }) => EventSourceArn.includes(':dynamodb:'));
  const stream = only(streams, 'function that reads a stream');
  const rules = [...planner.all('AWS::Events::Rule').values()].map((rule) => {
    const [{ Arn: target }] = rule.Targets;
    const queue = sources.find(({ EventSourceArn }) => EventSourceArn === target);
    const { FunctionName: name } = known(queue, `queue with a function as the rule's target ${target}`);
    return { functionId: functionNamed(name, planner), pattern: rule.EventPattern };
  });
  return {
    publisherId: functionNamed(stream.FunctionName, planner),
    /** Only records that match one of these filters invoke it. */
    filters: stream.FilterCriteria?.Filters.map(({ Pattern }) => Pattern) ?? [],
    batchSize: stream.BatchSize,
    /** undefined if no rule sends the events to a queue and a function. */
    forwarding: rules.length === 0 ? undefined : only(rules, 'rule of a bus'),
  };
}

export type SchedulePlan = ReturnType<typeof planSchedules>[number];
export type Timing =
  | { readonly kind: 'rate'; readonly everyMs: number }
  /** At this time of every day, in a time zone. */
  | { readonly kind: 'daily'; readonly minute: number; readonly hour: number; readonly timeZone: string };

function planSchedules(planner: Planner) {
  return [...planner.all('AWS::Scheduler::Schedule').values()].map((schedule) => {
    const { ScheduleExpression: expression, ScheduleExpressionTimezone: timeZone, State, Target } = schedule;
    const [minute = NaN, hour = NaN] = expression.match(/\d+/g)?.map(Number) ?? [];
    const timing: Timing = expression.startsWith('rate')
      ? { kind: 'rate', everyMs: expression.includes('hour') ? 3_600_000 : 60_000 }
      : { kind: 'daily', minute, hour, timeZone };
    return {
      timing,
      functionId: functionNamed(Target.Arn, planner),
      /** The event, as JSON text. */
      input: Target.Input,
      isEnabled: State === 'ENABLED',
    };
  });
}

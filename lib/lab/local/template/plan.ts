import { ENVIRONMENT } from '../../../../functions/runtime/environment.ts';
import { LocalRunError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { Assembly } from './assembly.ts';
import { type ApiPlan, type AuthorizerPlan, planApi } from './plan-api.ts';
import { createPlanner, need, type Planner, resourcesOf, unplayable } from './template.ts';

/** The parts of the template that the local run starts, with every reference resolved. */
export interface Plan {
  readonly stackName: string;
  readonly region: string;
  readonly functions: readonly FunctionPlan[];
  readonly api: ApiPlan;
  readonly tables: readonly TablePlan[];
  readonly secrets: readonly SecretPlan[];
  readonly schedules: readonly SchedulePlan[];
  /** undefined if the template has none. */
  readonly events: EventsPlan | undefined;
}

/** @throws LocalRunError for what the local run does not support */
export function planService({ template, assetDirectory }: Assembly, region: string): Plan {
  const planner = createPlanner(template, region);
  const all = <Planned>(plan: (planner: Planner, id: string) => Planned, ...types: readonly string[]) =>
    resourcesOf(template, ...types).map((id) => plan(planner, id));
  return {
    stackName: template.stackName,
    region,
    functions: all(planFunction(assetDirectory), 'AWS::Lambda::Function'),
    api: planApi(planner),
    tables: all(planTable, 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'),
    secrets: all(planSecret, 'AWS::SecretsManager::Secret'),
    schedules: all(planSchedule, 'AWS::Scheduler::Schedule'),
    events: planEvents(planner),
  };
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

/** Lambda's own defaults: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html */
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;

function planFunction(assetDirectory: Assembly['assetDirectory']) {
  return (planner: Planner, logicalId: string): FunctionPlan => {
    const properties = planner.properties(logicalId);
    need(properties.text('Runtime').startsWith('nodejs'), `Node.js, unlike ${logicalId}`);
    const environment = Object.entries(properties.object('Environment')?.object('Variables')?.value ?? {});
    return {
      logicalId,
      name: planner.ref(logicalId),
      arn: planner.attribute(logicalId, 'Arn'),
      directory: assetDirectory(properties.object('Code')?.text('S3Key') ?? ''),
      handler: properties.text('Handler'),
      timeoutMs: properties.numberOr('Timeout', DEFAULT_TIMEOUT_SECONDS) * 1000,
      memoryMb: properties.numberOr('MemorySize', DEFAULT_MEMORY_MB),
      environment: Object.fromEntries(environment.map(([name, value]) => [name, String(value)])),
      reservedConcurrency: properties.numberOr('ReservedConcurrentExecutions', undefined),
    };
  };
}

/** Parts of the logical ids of the scheduled functions, for the controls that run them. */
export const RESOLVER = 'ResolveRefunds';
export const RECONCILER = 'ReconcilePayments';

/**
 * The logical id of the function whose logical id is or contains `name`.
 * @throws LocalRunError unless there is exactly one
 */
export function functionIdOf({ functions }: Plan, name: string): string {
  const ids = functions.map(({ logicalId }) => logicalId);
  const [found, ...others] = ids.filter((id) => id.toLowerCase().includes(name.toLowerCase()));
  if (found !== undefined && others.length === 0) return found;
  throw new LocalRunError(`${name} must name exactly one function of ${ids.join(', ')}`);
}

export interface TablePlan {
  readonly name: string;
  readonly attributes: readonly JsonObject[];
  readonly keySchema: readonly JsonObject[];
  readonly indexes: readonly JsonObject[];
  readonly localIndexes: readonly JsonObject[];
  /** undefined if the table has no stream. */
  readonly streamViewType: string | undefined;
}

function planTable(planner: Planner, logicalId: string): TablePlan {
  const properties = planner.properties(logicalId);
  const objects = (name: string) => properties.objects(name).map(({ value }) => value);
  return {
    name: planner.ref(logicalId),
    attributes: objects('AttributeDefinitions'),
    keySchema: objects('KeySchema'),
    indexes: objects('GlobalSecondaryIndexes'),
    localIndexes: objects('LocalSecondaryIndexes'),
    streamViewType: properties.object('StreamSpecification')?.text('StreamViewType'),
  };
}

export interface SecretPlan {
  readonly name: string;
  readonly arn: string;
}

function planSecret({ ref, properties }: Planner, logicalId: string): SecretPlan {
  const arn = ref(logicalId);
  const name = properties(logicalId).textOr('Name', undefined);
  // The ARN ends with the name and six characters that Secrets Manager adds.
  return { arn, name: name ?? arn.slice(arn.lastIndexOf(':') + 1, -'-local1'.length) };
}

/** The value that the template gives the functions for this variable. */
export function variableOf(name: string, { functions }: Plan): string | undefined {
  return functions.map(({ environment }) => environment[name]).find((value) => value !== undefined);
}

/** The secret with i'mport's credentials. */
export function iamportSecretOf(plan: Plan): SecretPlan {
  const secret = secretNamedBy(ENVIRONMENT.secretId, plan);
  if (secret === undefined) throw unplayable("The local run needs a secret with i'mport's credentials");
  return secret;
}

/** The secret that this variable of the functions names. */
export function secretNamedBy(variable: string, plan: Plan): SecretPlan | undefined {
  const named = variableOf(variable, plan);
  return plan.secrets.find(({ arn, name }) => named === arn || named === name);
}

export interface NamedTables {
  /** The shop's. */
  readonly orders: TablePlan;
  /** The service's own. */
  readonly ledger: TablePlan;
}

/** Finds both tables by the names in the functions' environment. */
export function namedTables(plan: Plan): NamedTables {
  const namedBy = (variable: string): TablePlan => {
    const found = plan.tables.find(({ name }) => name === variableOf(variable, plan));
    if (found === undefined) throw unplayable(`No table of the template is the functions' ${variable}`);
    return found;
  };
  return { orders: namedBy(ENVIRONMENT.ordersTable), ledger: namedBy(ENVIRONMENT.ledgerTable) };
}

/** The issuer that the API trusts; the local issuer has one name, so all routes must name the same. */
export function trustedBy({ api }: Plan): AuthorizerPlan {
  const [first, ...others] = api.routes.flatMap(({ authorizer }) => authorizer ?? []);
  if (first === undefined || others.some(({ issuer }) => issuer !== first.issuer))
    throw unplayable('The local run needs authorizers that trust one issuer');
  return first;
}

/** The function that the ledger's stream invokes, and where its events go. */
export interface EventsPlan {
  readonly publisherId: string;
  /** Only records that match one of these filters invoke it. */
  readonly filters: readonly unknown[];
  readonly batchSize: number;
  /** undefined if no rule sends the events to a queue and a function. */
  readonly forwarding: { readonly functionId: string; readonly pattern: unknown } | undefined;
}

/** Lambda's default for a stream. */
const BATCH_SIZE = 100;

function planEvents(planner: Planner): EventsPlan | undefined {
  const sources = resourcesOf(planner.template, 'AWS::Lambda::EventSourceMapping').map(planner.properties);
  const [stream, ...others] = sources.filter((each) => each.text('EventSourceArn').includes(':dynamodb:'));
  if (stream === undefined) return undefined;
  need(others.length === 0, 'one function that reads a stream');
  const filters = stream.object('FilterCriteria')?.objects('Filters') ?? [];
  const [forwarding, ...more] = resourcesOf(planner.template, 'AWS::Events::Rule').map((id) => {
    const rule = planner.properties(id);
    const [target] = rule.objects('Targets');
    const queue = sources.find((each) => each.text('EventSourceArn') === target?.text('Arn'));
    if (queue === undefined) throw unplayable(`${id}: its target must be a queue with a function`);
    return {
      functionId: planner.functionOf(queue.text('FunctionName')),
      pattern: rule.object('EventPattern')?.value,
    };
  });
  need(more.length === 0, 'one rule of a bus');
  return {
    publisherId: planner.functionOf(stream.text('FunctionName')),
    filters: filters.map((filter): unknown => JSON.parse(filter.text('Pattern'))),
    batchSize: stream.numberOr('BatchSize', BATCH_SIZE),
    forwarding,
  };
}

export interface SchedulePlan {
  readonly timing: Timing;
  readonly functionId: string;
  /** The event, as JSON text. */
  readonly input: string;
  readonly isEnabled: boolean;
}

export type Timing =
  | { readonly kind: 'rate'; readonly everyMs: number }
  /** At this time of every day, in a time zone. */
  | { readonly kind: 'daily'; readonly minute: number; readonly hour: number; readonly timeZone: string };

function planSchedule(planner: Planner, logicalId: string): SchedulePlan {
  const properties = planner.properties(logicalId);
  const expression = properties.text('ScheduleExpression');
  const timing = timingOf(expression, properties.textOr('ScheduleExpressionTimezone', 'UTC'));
  const target = properties.object('Target');
  if (timing === undefined || target === undefined)
    throw unplayable(
      `${logicalId}: ${expression}; the local run supports rate(…), and cron(…) of a time of day`,
    );
  return {
    timing,
    functionId: planner.functionOf(target.text('Arn')),
    input: target.textOr('Input', '{}'),
    isEnabled: properties.textOr('State', 'ENABLED') === 'ENABLED',
  };
}

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
function timingOf(expression: string, timeZone: string): Timing | undefined {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (count !== undefined) return { kind: 'rate', everyMs: Number(count) * (UNITS_MS[unit] ?? 0) };
  const [, minute, hour] = /^cron\((\d+) (\d+) [*?] \* [*?] \*\)$/.exec(expression) ?? [];
  if (minute === undefined) return undefined;
  return { kind: 'daily', minute: Number(minute), hour: Number(hour), timeZone };
}

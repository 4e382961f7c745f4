import { ENVIRONMENT } from '../../../../functions/runtime/environment.ts';
import { LocalRunError } from '../errors.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { Assembly } from './assembly.ts';
import { type ApiPlan, type AuthorizerPlan, planApi } from './plan-api.ts';
import { createPlanner, type Planner } from './planner.ts';
import { resourcesOf, unplayable } from './template.ts';

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

export interface TablePlan {
  readonly logicalId: string;
  readonly name: string;
  readonly attributes: readonly JsonObject[];
  readonly keySchema: readonly JsonObject[];
  readonly indexes: readonly JsonObject[];
  readonly localIndexes: readonly JsonObject[];
  /** undefined if the table has no stream. */
  readonly streamViewType: string | undefined;
}

export interface SecretPlan {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
}

/** @throws UnplayableTemplateError */
export function planService({ template, assetDirectory }: Assembly, region: string): Plan {
  const planner = createPlanner(template, region);
  return {
    stackName: template.stackName,
    region,
    functions: resourcesOf(template, 'AWS::Lambda::Function').map((id) =>
      planFunction(planner, id, assetDirectory),
    ),
    api: planApi(planner),
    tables: resourcesOf(template, 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable').map((id) =>
      planTable(planner, id),
    ),
    secrets: resourcesOf(template, 'AWS::SecretsManager::Secret').map((id) => planSecret(planner, id)),
    schedules: resourcesOf(template, 'AWS::Scheduler::Schedule').map((id) => planSchedule(planner, id)),
    events: planEvents(planner),
  };
}

/** Lambda's own defaults: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html */
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;

function planFunction(
  planner: Planner,
  logicalId: string,
  assetDirectory: Assembly['assetDirectory'],
): FunctionPlan {
  const properties = planner.properties(logicalId);
  const runtime = properties.text('Runtime');
  if (!runtime.startsWith('nodejs'))
    throw unplayable(`${logicalId}: runtime ${runtime}; the local run plays Node.js`);
  const environment = Object.entries(properties.object('Environment')?.object('Variables')?.value ?? {});
  return {
    logicalId,
    name: planner.intrinsics.ref(logicalId),
    arn: planner.intrinsics.attribute(logicalId, 'Arn'),
    directory: assetDirectory(properties.object('Code')?.text('S3Key') ?? ''),
    handler: properties.text('Handler'),
    timeoutMs: properties.numberOr('Timeout', DEFAULT_TIMEOUT_SECONDS) * 1000,
    memoryMb: properties.numberOr('MemorySize', DEFAULT_MEMORY_MB),
    environment: Object.fromEntries(environment.map(([name, value]) => [name, String(value)])),
    reservedConcurrency: properties.numberOr('ReservedConcurrentExecutions', undefined),
  };
}

function planTable(planner: Planner, logicalId: string): TablePlan {
  const properties = planner.properties(logicalId);
  return {
    logicalId,
    name: planner.intrinsics.ref(logicalId),
    attributes: properties.objects('AttributeDefinitions').map(({ value }) => value),
    keySchema: properties.objects('KeySchema').map(({ value }) => value),
    indexes: properties.objects('GlobalSecondaryIndexes').map(({ value }) => value),
    localIndexes: properties.objects('LocalSecondaryIndexes').map(({ value }) => value),
    streamViewType: properties.object('StreamSpecification')?.text('StreamViewType'),
  };
}

function planSecret({ intrinsics, properties }: Planner, logicalId: string): SecretPlan {
  const arn = intrinsics.ref(logicalId);
  const name = properties(logicalId).textOr('Name', undefined);
  // The ARN ends with the name and six characters that Secrets Manager adds.
  return { logicalId, arn, name: name ?? arn.slice(arn.lastIndexOf(':') + 1, -'-local1'.length) };
}

/** The secret of i'mport's credentials. */
export function iamportSecretOf(plan: Plan): SecretPlan {
  const secret = secretToldAs(ENVIRONMENT.secretId, plan);
  if (secret === undefined) throw unplayable("The local run plays a secret with i'mport's credentials");
  return secret;
}

/** The secret whose ARN this variable of the functions holds. */
export function secretToldAs(variable: string, { functions, secrets }: Plan): SecretPlan | undefined {
  const names = functions.map(({ environment }) => environment[variable]);
  return secrets.find(({ arn, name }) => names.includes(arn) || names.includes(name));
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
  if (others.length > 0) throw unplayable('The local run plays one function that reads a stream');
  const filters = stream.object('FilterCriteria')?.objects('Filters') ?? [];
  const forwarding = resourcesOf(planner.template, 'AWS::Events::Rule').map((id) => {
    const rule = planner.properties(id);
    const [target] = rule.objects('Targets');
    const queue = sources.find((each) => each.text('EventSourceArn') === target?.text('Arn'));
    if (queue === undefined)
      throw unplayable(`${id}: the local run plays rules that lead to a queue with a function`);
    return {
      functionId: planner.functionOf(queue.text('FunctionName')),
      pattern: rule.object('EventPattern')?.value,
    };
  });
  if (forwarding.length > 1) throw unplayable('The local run plays one rule of a bus');
  return {
    publisherId: planner.functionOf(stream.text('FunctionName')),
    filters: filters.map((filter): unknown => JSON.parse(filter.text('Pattern'))),
    batchSize: stream.numberOr('BatchSize', BATCH_SIZE),
    forwarding: forwarding[0],
  };
}

export interface NamedTables {
  /** The shop's. */
  readonly orders: TablePlan;
  /** The service's own. */
  readonly ledger: TablePlan;
}

/** Finds both tables by the names in the functions' environment. */
export function namedTables({ functions, tables }: Plan): NamedTables {
  const toldAs = (variable: string): TablePlan => {
    const names = functions.map(({ environment }) => environment[variable]);
    const found = tables.find(({ name }) => names.includes(name));
    if (found === undefined)
      throw unplayable(`The local run plays a table that functions know as ${variable}`);
    return found;
  };
  return { orders: toldAs(ENVIRONMENT.ordersTable), ledger: toldAs(ENVIRONMENT.ledgerTable) };
}

/** The issuer that the API trusts; the local issuer has one name, so all routes must name the same. */
export function trustedBy({ api }: Plan): AuthorizerPlan {
  const authorizers = api.routes.flatMap(({ authorizer }) => authorizer ?? []);
  const [first] = authorizers;
  if (first === undefined || authorizers.some(({ issuer }) => issuer !== first.issuer)) {
    throw unplayable('The local run plays an API whose authorizers trust one issuer');
  }
  return first;
}

export interface SchedulePlan {
  readonly logicalId: string;
  readonly timing: Timing;
  readonly functionId: string;
  /** The event, as JSON text. */
  readonly input: string;
  readonly isEnabled: boolean;
}

export type Timing =
  | { readonly kind: 'rate'; readonly everyMs: number }
  /** At this minute of every hour, or of one hour of the day, in a time zone. */
  | {
      readonly kind: 'clock';
      readonly minute: number;
      readonly hour: number | 'every';
      readonly timeZone: string;
    };

function planSchedule(planner: Planner, logicalId: string): SchedulePlan {
  const properties = planner.properties(logicalId);
  const expression = properties.text('ScheduleExpression');
  const timing = timingOf(expression, properties.textOr('ScheduleExpressionTimezone', 'UTC'));
  const target = properties.object('Target');
  if (timing === undefined || target === undefined) {
    throw unplayable(
      `${logicalId}: ${expression}; the local run plays rate(…), and cron(…) of a minute and an hour, with one target`,
    );
  }
  const input: unknown = target.value['Input'];
  return {
    logicalId,
    timing,
    functionId: planner.functionOf(target.text('Arn')),
    input: isObject(input) ? JSON.stringify(input) : target.textOr('Input', '{}'),
    isEnabled: properties.textOr('State', 'ENABLED') === 'ENABLED',
  };
}

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
function timingOf(expression: string, timeZone: string): Timing | undefined {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (count !== undefined) return { kind: 'rate', everyMs: Number(count) * (UNITS_MS[unit] ?? 0) };
  const [, minute, hour] = /^cron\((\d+) (\d+|\*) [*?] \* [*?] \*\)$/.exec(expression) ?? [];
  if (minute === undefined) return undefined;
  return { kind: 'clock', minute: Number(minute), hour: hour === '*' ? 'every' : Number(hour), timeZone };
}

/** Parts of the logical ids of the scheduled functions, for the controls that run them. */
export const RESOLVER = 'ResolveRefunds';
export const RECONCILER = 'ReconcilePayments';

/**
 * The logical id of the function whose logical id is or contains `name`.
 * @throws LocalRunError unless there is exactly one
 */
export function functionIdOf({ functions }: Plan, name: string): string {
  const [found, ...others] = functions.filter(({ logicalId }) =>
    logicalId.toLowerCase().includes(name.toLowerCase()),
  );
  if (found !== undefined && others.length === 0) return found.logicalId;
  const ids = functions.map(({ logicalId }) => logicalId).join(', ');
  throw new LocalRunError(`${name} must name exactly one function of ${ids}`);
}

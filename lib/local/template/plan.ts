import type { Assembly } from './assembly.ts';
import { type ApiPlan, planApi } from './plan-api.ts';
import { isObject, type JsonObject } from '../json.ts';
import { createPlanner, type Planner } from './planner.ts';
import { resourcesOf, unplayable } from './template.ts';

/** The parts of the service as the template defines them, with every reference resolved: all that the local run starts. */
export interface Plan {
  readonly stackName: string;
  readonly region: string;
  readonly functions: readonly FunctionPlan[];
  readonly api: ApiPlan;
  readonly tables: readonly TablePlan[];
  readonly secrets: readonly SecretPlan[];
  readonly schedules: readonly SchedulePlan[];
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
}

export interface SecretPlan {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
}

export interface SchedulePlan {
  readonly logicalId: string;
  readonly rateMs: number;
  readonly functionId: string;
  /** The event, as JSON text. */
  readonly input: string;
  readonly isEnabled: boolean;
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
  };
}

function planSecret({ intrinsics, properties }: Planner, logicalId: string): SecretPlan {
  const arn = intrinsics.ref(logicalId);
  const name = properties(logicalId).textOr('Name', undefined);
  // The ARN ends in the name and six characters that Secrets Manager adds.
  return { logicalId, arn, name: name ?? arn.slice(arn.lastIndexOf(':') + 1, -'-local1'.length) };
}

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function planSchedule(planner: Planner, logicalId: string): SchedulePlan {
  const properties = planner.properties(logicalId);
  const expression = properties.text('ScheduleExpression');
  const [, count, unit = ''] =
    /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ??
    (expression.startsWith('cron(') ? ['', '1', 'day'] : []);
  const target = properties.object('Target');
  if (count === undefined || target === undefined) {
    throw unplayable(`${logicalId}: ${expression}; the local run plays rate(…) with one target`);
  }
  const input: unknown = target.value['Input'];
  return {
    logicalId,
    rateMs: Number(count) * (UNITS_MS[unit] ?? 0),
    functionId: planner.functionOf(target.text('Arn')),
    input: isObject(input) ? JSON.stringify(input) : target.textOr('Input', '{}'),
    isEnabled: properties.textOr('State', 'ENABLED') === 'ENABLED',
  };
}

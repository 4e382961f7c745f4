import type { Assembly } from './assembly.ts';
import { type ApiPlan, type AuthorizerPlan, planApi } from './plan-api.ts';
import type { JsonObject } from '../json.ts';
import { createPlanner, type Planner } from './planner.ts';
import { planSchedule, type SchedulePlan } from './plan-schedule.ts';
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

/** The secret of i'mport's credentials. */
export function onlySecret({ secrets: [only, ...others] }: Plan): SecretPlan {
  if (only === undefined || others.length > 0) throw unplayable('The local run plays exactly one secret');
  return only;
}

/** Whom the API trusts; the local issuer has one name, so all routes have to agree. */
export function trustedBy({ api }: Plan): AuthorizerPlan {
  const authorizers = api.routes.flatMap(({ authorizer }) => authorizer ?? []);
  const [first] = authorizers;
  if (first === undefined || authorizers.some(({ issuer }) => issuer !== first.issuer)) {
    throw unplayable('The local run plays an API whose authorizers trust one issuer');
  }
  return first;
}

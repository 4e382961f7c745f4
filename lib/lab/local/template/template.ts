import { LocalRunError } from '../errors.ts';
import { type Fields, fieldsOf, isObject, type JsonObject } from '../json.ts';

interface Resource {
  readonly type: string;
  readonly properties: JsonObject;
}

/** A CloudFormation template whose resources are all either supported or irrelevant on one machine. */
export interface Template {
  readonly stackName: string;
  readonly resources: ReadonlyMap<string, Resource>;
  /** Defaults of the template's parameters; a parameter without a default is missing here. */
  readonly parameterDefaults: ReadonlyMap<string, string>;
}

/** The template needs something that the local run does not support. It runs the whole template or nothing (promise 7). */
export const unplayable = (message: string): LocalRunError => new LocalRunError(message);

/** @throws LocalRunError unless the template has only what the local run supports */
export function need(isSupported: boolean, what: string): void {
  if (!isSupported) throw unplayable(`The local run supports only ${what}`);
}

/** @throws LocalRunError with everything that the local run does not support */
export function readTemplate(stackName: string, json: unknown): Template {
  const template = fieldsOf(json, stackName, unplayable);
  const resources = Object.entries(template.object('Resources')?.value ?? {}).map(([logicalId, value]) => {
    const definition = fieldsOf(value, logicalId, unplayable);
    const properties = definition.object('Properties')?.value ?? {};
    return [logicalId, { type: definition.text('Type'), properties }] as const;
  });
  const faults = resources.flatMap(([logicalId, resource]) => faultsOf(logicalId, resource));
  if (faults.length > 0) {
    const list = faults.map((fault) => `- ${fault}`).join('\n');
    throw unplayable(
      `The template has parts that the local run does not support (see lib/lab/local/template/template.ts):\n${list}`,
    );
  }
  const parameters = Object.entries(template.object('Parameters')?.value ?? {});
  const defaults = parameters.flatMap(([name, parameter]) =>
    isObject(parameter) && typeof parameter['Default'] === 'string'
      ? [[name, parameter['Default']] as const]
      : [],
  );
  return { stackName, resources: new Map(resources), parameterDefaults: new Map(defaults) };
}

/** The resources of some types, in the order of the template. */
export function resourcesOf(template: Template, ...types: readonly string[]): readonly string[] {
  return [...template.resources]
    .filter(([, { type }]) => types.includes(type))
    .map(([logicalId]) => logicalId);
}

/**
 * Supported resource types with their supported or irrelevant properties. A property that is missing here stops the run, so
 * that the local run never silently ignores an addition to the stack.
 */
const SUPPORTED: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Api': 'CorsConfiguration Description DisableExecuteApiEndpoint Name ProtocolType Tags',
  'AWS::ApiGatewayV2::Authorizer': 'ApiId AuthorizerType IdentitySource JwtConfiguration Name',
  'AWS::ApiGatewayV2::Integration':
    'ApiId Description IntegrationType IntegrationUri PayloadFormatVersion TimeoutInMillis',
  'AWS::ApiGatewayV2::Route': 'ApiId AuthorizationType AuthorizerId RouteKey Target',
  // AccessLogSettings goes to a log group, and AutoDeploy says when the cloud picks up a change.
  'AWS::ApiGatewayV2::Stage':
    'AccessLogSettings ApiId AutoDeploy DefaultRouteSettings Description RouteSettings StageName Tags',
  // Ignored: retention, encryption, backup, billing and expiry of the table. The rest (keys,
  // indexes and stream) is used.
  'AWS::DynamoDB::GlobalTable':
    'AttributeDefinitions BillingMode GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes Replicas SSESpecification ' +
    'StreamSpecification TableName TimeToLiveSpecification WarmThroughput WriteOnDemandThroughputSettings',
  'AWS::DynamoDB::Table':
    'AttributeDefinitions BillingMode ContributorInsightsSpecification DeletionProtectionEnabled GlobalSecondaryIndexes ' +
    'KeySchema LocalSecondaryIndexes OnDemandThroughput PointInTimeRecoverySpecification SSESpecification ' +
    'StreamSpecification TableClass TableName Tags TimeToLiveSpecification WarmThroughput',
  // Ignored: retries and the queue of failures; the local run has its own (lib/lab/local/events.ts).
  'AWS::Events::Rule': 'Description EventBusName EventPattern State Targets',
  'AWS::Lambda::Alias': 'Description FunctionName FunctionVersion Name ProvisionedConcurrencyConfig',
  'AWS::Lambda::EventSourceMapping':
    'BatchSize BisectBatchOnFunctionError DestinationConfig EventSourceArn FilterCriteria FunctionName ' +
    'FunctionResponseTypes MaximumRecordAgeInSeconds ScalingConfig StartingPosition',
  // Ignored: role, log group, KMS key, tracing and architecture exist only in AWS.
  'AWS::Lambda::Function':
    'Architectures Code Description Environment FunctionName Handler KmsKeyArn LoggingConfig MemorySize ' +
    'RecursiveLoop ReservedConcurrentExecutions Role Runtime Tags Timeout TracingConfig',
  'AWS::Lambda::Version': 'CodeSha256 Description FunctionName',
  'AWS::Scheduler::Schedule':
    'Description FlexibleTimeWindow GroupName KmsKeyArn Name ScheduleExpression ScheduleExpressionTimezone State Target',
  'AWS::SecretsManager::Secret': 'Description GenerateSecretString KmsKeyId Name SecretString Tags',
};

/** Resource types without a local meaning, each with the reason; a prefix stands for the whole service. */
const IGNORED: Readonly<Record<string, string>> = {
  'AWS::CDK::Metadata': 'tells AWS which constructs are used',
  'AWS::CloudWatch::': 'alarms and dashboards look at metrics that only the cloud has',
  'AWS::CloudFront::': 'stands in front of the API with a web ACL, which only the cloud has',
  'AWS::CodeDeploy::': 'shifts traffic between two versions; here there is one',
  'AWS::Cognito::': "accounts and sign-in; the local token issuer signs in the pool's name",
  'AWS::Events::EventBus': 'there is one bus, whatever its name',
  'AWS::IAM::': 'permissions; the infra tests prove them on the template',
  'AWS::KMS::': 'encryption at rest',
  'AWS::Lambda::EventInvokeConfig':
    'when a failed event is tried again, which takes longer than a schedule needs to come round',
  'AWS::Lambda::Permission': 'permissions; the infra tests prove them on the template',
  'AWS::Logs::': 'logs go to the terminal and a file',
  'AWS::Scheduler::ScheduleGroup': 'a folder for schedules',
  'AWS::SNS::': 'tells people of alarms',
  'AWS::SQS::':
    'keeps what failed for good, which is in the log here, and events on their way, which are in a file',
  'AWS::SecretsManager::ResourcePolicy': 'permissions',
};

function faultsOf(logicalId: string, { type, properties }: Resource): readonly string[] {
  const supported = SUPPORTED[type];
  if (supported !== undefined) {
    const known = new Set(supported.split(' '));
    const unknown = Object.keys(properties).filter((property) => !known.has(property));
    return unknown.map((property) => `${logicalId}: property ${property} of ${type}`);
  }
  const isIgnored = Object.keys(IGNORED).some((entry) =>
    entry.endsWith('::') ? type.startsWith(entry) : type === entry,
  );
  return isIgnored ? [] : [`${logicalId}: type ${type}`];
}

/** The invented account of the local run. */
export const ACCOUNT_ID = '000000000000';

/** The names of a template's resources in the local run. */
interface Names {
  /** What `Ref` gives: a name, an id or an ARN, as CloudFormation documents it for the type; also of parameters and `AWS::…`. */
  readonly ref: (logicalId: string) => string;
  /** What `Fn::GetAtt` gives. @throws LocalRunError when the local run has no such attribute */
  readonly attribute: (logicalId: string, name: string) => string;
}

/** Reads resources with their intrinsic functions evaluated. */
export interface Planner extends Names {
  readonly template: Template;
  /** @throws LocalRunError for an intrinsic function that the local run does not know */
  readonly properties: (logicalId: string) => Fields;
  /** The function that an ARN or a name of it, its version or its alias means. */
  readonly functionOf: (named: string) => string;
}

export function createPlanner(template: Template, region: string): Planner {
  const names = createNames(template, region);
  const properties: Planner['properties'] = (id) =>
    fieldsOf(evaluated(template.resources.get(id)?.properties ?? {}, names), id, unplayable);
  return {
    ...names,
    template,
    properties,
    functionOf: (named) => {
      const found = resourcesOf(template, 'AWS::Lambda::Function').find((id) =>
        [names.attribute(id, 'Arn'), names.ref(id)].some(
          (name) => named === name || named.startsWith(`${name}:`),
        ),
      );
      if (found === undefined) throw unplayable(`${named} is not a function of ${template.stackName}`);
      return found;
    },
  };
}

function parametersOf({ stackName, parameterDefaults }: Template, region: string): Record<string, string> {
  return {
    'AWS::AccountId': ACCOUNT_ID,
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${ACCOUNT_ID}:stack/${stackName}/local`,
    'AWS::StackName': stackName,
    'AWS::URLSuffix': 'amazonaws.com',
    ...Object.fromEntries(parameterDefaults),
  };
}

function createNames(template: Template, region: string): Names {
  const { stackName, resources } = template;
  const parameters = parametersOf(template, region);
  const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${ACCOUNT_ID}:${rest}`;
  const physical = (logicalId: string, property: string): string => {
    const name = resources.get(logicalId)?.properties[property];
    return typeof name === 'string' ? name : `${stackName}-${logicalId}`;
  };
  const functionArn = (name: string): string => arn('lambda', `function:${name}`);
  /** Of the function that a version or an alias refers to. */
  const arnOfFunctionOf = (logicalId: string): string =>
    functionArn(textOf(resources.get(logicalId)?.properties['FunctionName'], names));
  const refs: Readonly<Record<string, (logicalId: string) => string>> = {
    'AWS::DynamoDB::GlobalTable': (id) => physical(id, 'TableName'),
    'AWS::DynamoDB::Table': (id) => physical(id, 'TableName'),
    'AWS::Lambda::Function': (id) => physical(id, 'FunctionName'),
    'AWS::Lambda::Alias': (id) => `${arnOfFunctionOf(id)}:${physical(id, 'Name')}`,
    'AWS::Lambda::Version': (id) => `${arnOfFunctionOf(id)}:1`,
    // Secrets Manager appends six characters to the name.
    'AWS::SecretsManager::Secret': (id) => arn('secretsmanager', `secret:${physical(id, 'Name')}-local1`),
    'AWS::Cognito::UserPool': (id) => `${region}_${id}`,
  };
  const names: Names = {
    ref: (id) => {
      const type = resources.get(id)?.type;
      const name = type === undefined ? parameters[id] : (refs[type]?.(id) ?? id);
      if (name === undefined) throw unplayable(`Ref ${id}: nothing in ${stackName} has this name`);
      return name;
    },
    attribute: (id, name) => {
      const type = resources.get(id)?.type ?? '';
      const [, service = ''] = type.split('::');
      if (type === 'AWS::Lambda::Version' && name === 'Version') return '1';
      if (service === 'DynamoDB' && name === 'StreamArn')
        return arn('dynamodb', `table/${names.ref(id)}/stream/local`);
      if (name !== 'Arn' || type === '')
        throw unplayable(`The local run has no ${name} of ${id} (${type || 'which is not in the template'})`);
      if (type === 'AWS::Lambda::Function') return functionArn(names.ref(id));
      if (service === 'DynamoDB') return arn('dynamodb', `table/${names.ref(id)}`);
      return arn(service.toLowerCase(), id);
    },
  };
  return names;
}

/** Replaces every intrinsic function in `value`, at any depth. @throws LocalRunError for one that it does not know */
function evaluated(value: unknown, names: Names): unknown {
  if (Array.isArray(value)) return value.map((entry) => evaluated(entry, names));
  if (!isObject(value)) return value;
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length > 0 || (name !== 'Ref' && !name.startsWith('Fn::')))
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, evaluated(field, names)]));
  const list: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
  const [first, second] = list;
  const texts = (each: unknown): readonly string[] => {
    const all = evaluated(each, names);
    return Array.isArray(all) ? all.map(String) : [String(all)];
  };
  switch (name) {
    case 'Ref':
      return names.ref(textOf(first, names));
    case 'Fn::GetAtt':
      return names.attribute(textOf(first, names), textOf(second, names));
    case 'Fn::Join':
      return texts(second).join(textOf(first, names));
    case 'Fn::Split':
      return textOf(second, names).split(textOf(first, names));
    case 'Fn::Select':
      return texts(second)[Number(textOf(first, names))];
    case 'Fn::Sub':
      return textOf(first, names).replaceAll(/\$\{([^}]+)\}/g, (_, id: string) => names.ref(id));
    default:
      throw unplayable(`The local run does not know ${name}`);
  }
}

function textOf(value: unknown, names: Names): string {
  const text = evaluated(value, names);
  if (typeof text === 'string' || typeof text === 'number') return String(text);
  throw unplayable(`${JSON.stringify(value)} is not a text`);
}

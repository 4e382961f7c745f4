import { UnplayableTemplateError } from '../errors.ts';
import { type Fields, fieldsOf, isObject, type JsonObject } from '../json.ts';

export interface Resource {
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

export const unplayable = (message: string): UnplayableTemplateError => new UnplayableTemplateError(message);

/** @throws UnplayableTemplateError when the local run cannot run something in it. */
export function readTemplate(stackName: string, json: unknown): Template {
  const template = fieldsOf(json, stackName, unplayable);
  const resources = new Map(
    Object.entries(template.object('Resources')?.value ?? {}).map(([logicalId, definition]) => [
      logicalId,
      readResource(fieldsOf(definition, logicalId, unplayable)),
    ]),
  );
  refuseTheUnplayable(resources);
  return { stackName, resources, parameterDefaults: readDefaults(template.object('Parameters')) };
}

/** The resources of some types, in the order of the template. */
export function resourcesOf(template: Template, ...types: readonly string[]): readonly string[] {
  return [...template.resources]
    .filter(([, { type }]) => types.includes(type))
    .map(([logicalId]) => logicalId);
}

function readResource(definition: Fields): Resource {
  return { type: definition.text('Type'), properties: definition.object('Properties')?.value ?? {} };
}

function readDefaults(parameters: Fields | undefined): ReadonlyMap<string, string> {
  const given = Object.entries(parameters?.value ?? {});
  return new Map(
    given.flatMap(([name, parameter]) =>
      isObject(parameter) && typeof parameter['Default'] === 'string'
        ? [[name, parameter['Default']] as const]
        : [],
    ),
  );
}

/**
 * Supported resource types with their supported or irrelevant properties. A property that is missing here stops the run, so
 * that the local run never silently ignores an addition to the stack.
 */
const PLAYED: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Api': 'CorsConfiguration Description DisableExecuteApiEndpoint Name ProtocolType Tags',
  'AWS::ApiGatewayV2::Authorizer': 'ApiId AuthorizerType IdentitySource JwtConfiguration Name',
  'AWS::ApiGatewayV2::Integration':
    'ApiId Description IntegrationType IntegrationUri PayloadFormatVersion TimeoutInMillis',
  'AWS::ApiGatewayV2::Route': 'ApiId AuthorizationScopes AuthorizationType AuthorizerId RouteKey Target',
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
const NO_LOCAL_MEANING: Readonly<Record<string, string>> = {
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

/** @throws UnplayableTemplateError with every unsupported resource and property, not only the first. */
function refuseTheUnplayable(resources: ReadonlyMap<string, Resource>): void {
  const faults = [...resources].flatMap(([logicalId, resource]) => faultsOf(logicalId, resource));
  if (faults.length > 0) {
    throw new UnplayableTemplateError(
      `The template holds what the local run cannot play (see lib/lab/local/template/template.ts):\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
    );
  }
}

function faultsOf(logicalId: string, { type, properties }: Resource): readonly string[] {
  const played = PLAYED[type];
  if (played !== undefined) {
    const known = new Set(played.split(' '));
    const unknown = Object.keys(properties).filter((property) => !known.has(property));
    return unknown.map((property) => `${logicalId}: property ${property} of ${type}`);
  }
  const isMeaningless = Object.keys(NO_LOCAL_MEANING).some((entry) =>
    entry.endsWith('::') ? type.startsWith(entry) : type === entry,
  );
  return isMeaningless ? [] : [`${logicalId}: type ${type}`];
}

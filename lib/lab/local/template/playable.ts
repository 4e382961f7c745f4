import { UnplayableTemplateError } from '../errors.ts';
import type { Resource } from './template.ts';

/**
 * What the local run plays: resource type → the properties it plays or knows to have no meaning on one machine. A property
 * that is missing here stops the run, so that nothing is added to the stack which the local run silently leaves out.
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
  // How the cloud keeps, encrypts, copies and bills the table; what remains (keys and indexes) is played.
  'AWS::DynamoDB::GlobalTable':
    'AttributeDefinitions BillingMode GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes Replicas SSESpecification ' +
    'TableName WarmThroughput WriteOnDemandThroughputSettings',
  'AWS::DynamoDB::Table':
    'AttributeDefinitions BillingMode ContributorInsightsSpecification DeletionProtectionEnabled GlobalSecondaryIndexes ' +
    'KeySchema LocalSecondaryIndexes OnDemandThroughput PointInTimeRecoverySpecification SSESpecification TableClass ' +
    'TableName Tags WarmThroughput',
  'AWS::Lambda::Alias': 'Description FunctionName FunctionVersion Name ProvisionedConcurrencyConfig',
  // Role, log group, KMS key, tracing and architecture belong to the machine in the cloud.
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
  'AWS::IAM::': 'permissions; the infra tests prove them on the template',
  'AWS::KMS::': 'encryption at rest',
  'AWS::Lambda::EventInvokeConfig':
    'when a failed event is tried again, which takes longer than a schedule needs to come round',
  'AWS::Lambda::Permission': 'permissions; the infra tests prove them on the template',
  'AWS::Logs::': 'logs go to the terminal and a file',
  'AWS::Scheduler::ScheduleGroup': 'a folder for schedules',
  'AWS::SNS::': 'tells people of alarms',
  'AWS::SQS::': 'keeps events that failed for good; here they are in the log',
  'AWS::SecretsManager::ResourcePolicy': 'permissions',
};

/** @throws UnplayableTemplateError naming every resource and property that cannot be played, not only the first. */
export function refuseTheUnplayable(resources: ReadonlyMap<string, Resource>): void {
  const faults = [...resources].flatMap(([logicalId, resource]) => faultsOf(logicalId, resource));
  if (faults.length > 0) {
    throw new UnplayableTemplateError(
      `The template holds what the local run cannot play (see lib/lab/local/template/playable.ts):\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
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

import type {
  AttributeDefinition,
  GlobalSecondaryIndex,
  KeySchemaElement,
  LocalSecondaryIndex,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';

/**
 * A resource type with the properties that the local run uses, and the `ignored` ones, which mean nothing on one machine. Any other
 * property stops the run, so that the local run never silently ignores an addition to the stack.
 */
function resource<Used extends v.ObjectEntries>(used: Used, ignored: string) {
  const dropped = v.pipe(
    v.unknown(),
    v.transform(() => undefined),
  );
  const others = ignored.split(' ').map((name) => [name, v.optional(dropped)]);
  return v.strictObject({ ...Object.fromEntries(others), ...used } as Used);
}

const TEXT = v.string();
const TEXTS = v.array(TEXT);
const NUMBER = v.number();
const CORS = v.strictObject({
  AllowOrigins: v.array(v.pipe(TEXT, v.excludes('*'))),
  AllowMethods: TEXTS,
  AllowHeaders: TEXTS,
  ExposeHeaders: TEXTS,
  MaxAge: NUMBER,
});
const THROTTLE = v.object({ ThrottlingRateLimit: NUMBER, ThrottlingBurstLimit: NUMBER });
const FILTER = v.strictObject({ Pattern: v.pipe(TEXT, v.parseJson()) });

export type CorsPlan = v.InferOutput<typeof CORS>;
export type ThrottlePlan = v.InferOutput<typeof THROTTLE>;

/** The resource types that the local run plays. */
export const PLAYED = {
  'AWS::ApiGatewayV2::Api': resource(
    { ProtocolType: v.literal('HTTP'), CorsConfiguration: v.optional(CORS) },
    'Description DisableExecuteApiEndpoint Name Tags',
  ),
  'AWS::ApiGatewayV2::Authorizer': resource(
    {
      AuthorizerType: v.literal('JWT'),
      IdentitySource: v.strictTuple([v.literal('$request.header.Authorization')]),
      JwtConfiguration: v.strictObject({ Issuer: TEXT, Audience: TEXTS }),
    },
    'ApiId Name',
  ),
  'AWS::ApiGatewayV2::Integration': resource(
    {
      IntegrationType: v.literal('AWS_PROXY'),
      IntegrationUri: TEXT,
      PayloadFormatVersion: v.literal('2.0'),
      TimeoutInMillis: NUMBER,
    },
    'ApiId Description',
  ),
  'AWS::ApiGatewayV2::Route': resource(
    {
      AuthorizationType: v.picklist(['JWT', 'NONE']),
      // A method and a path, without {proxy+}.
      RouteKey: v.pipe(TEXT, v.regex(/^(?!ANY)[A-Z]+ \/[^+]*$/)),
      Target: TEXT,
    },
    'ApiId AuthorizerId',
  ),
  // Routes are called at the API's own address, so it is the stage without a name.
  'AWS::ApiGatewayV2::Stage': resource(
    {
      StageName: v.literal('$default'),
      RouteSettings: v.record(TEXT, THROTTLE),
      DefaultRouteSettings: THROTTLE,
    },
    'AccessLogSettings ApiId AutoDeploy Description Tags',
  ),
  // Ignored: encryption, backup, billing and expiry. DynamoDB checks the others.
  'AWS::DynamoDB::Table': resource(
    {
      AttributeDefinitions: v.custom<AttributeDefinition[]>(Array.isArray),
      KeySchema: v.custom<KeySchemaElement[]>(Array.isArray),
      GlobalSecondaryIndexes: v.optional(v.custom<GlobalSecondaryIndex[]>(Array.isArray)),
      LocalSecondaryIndexes: v.optional(v.custom<LocalSecondaryIndex[]>(Array.isArray)),
      StreamSpecification: v.optional(v.strictObject({ StreamViewType: v.literal('NEW_AND_OLD_IMAGES') })),
    },
    'BillingMode DeletionProtectionEnabled PointInTimeRecoverySpecification SSESpecification Tags TimeToLiveSpecification',
  ),
  // Ignored: retries and the queue of failures; the local run has its own (lib/lab/local/events.ts).
  'AWS::Events::Rule': resource(
    { EventPattern: v.unknown(), Targets: v.strictTuple([v.object({ Arn: TEXT })]) },
    'Description EventBusName State Tags',
  ),
  'AWS::Lambda::Alias': resource({}, 'Description FunctionName FunctionVersion Name'),
  'AWS::Lambda::EventSourceMapping': resource(
    {
      BatchSize: NUMBER,
      EventSourceArn: TEXT,
      FilterCriteria: v.optional(v.strictObject({ Filters: v.array(FILTER) })),
      FunctionName: TEXT,
    },
    'BisectBatchOnFunctionError DestinationConfig FunctionResponseTypes MaximumRecordAgeInSeconds ScalingConfig StartingPosition Tags',
  ),
  // Ignored: role, log group, tracing and architecture exist only in AWS.
  'AWS::Lambda::Function': resource(
    {
      Code: v.object({ S3Key: TEXT }),
      Environment: v.strictObject({ Variables: v.record(TEXT, TEXT) }),
      Handler: TEXT,
      MemorySize: NUMBER,
      ReservedConcurrentExecutions: v.optional(NUMBER),
      Runtime: v.pipe(TEXT, v.startsWith('nodejs')),
      Timeout: NUMBER,
    },
    'Architectures Description LoggingConfig Role Tags TracingConfig',
  ),
  'AWS::Lambda::Version': resource({}, 'CodeSha256 Description FunctionName'),
  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
  'AWS::Scheduler::Schedule': resource(
    {
      // Every minute, every hour, or at a time of every day.
      ScheduleExpression: v.pipe(TEXT, v.regex(/^(rate\(1 (minute|hour)\)|cron\(\d+ \d+ \* \* \? \*\))$/)),
      ScheduleExpressionTimezone: TEXT,
      State: v.picklist(['ENABLED', 'DISABLED']),
      Target: v.object({ Arn: TEXT, Input: TEXT }),
    },
    'Description FlexibleTimeWindow GroupName Name',
  ),
  'AWS::SecretsManager::Secret': resource({}, 'Description GenerateSecretString KmsKeyId Tags'),
};

export type PlayedType = keyof typeof PLAYED;
export type Played<Type extends PlayedType> = v.InferOutput<(typeof PLAYED)[Type]>;

export function isPlayed(type: string): type is PlayedType {
  return type in PLAYED;
}

/** The resource types without a meaning on one machine. */
const IGNORED: readonly RegExp[] = [
  // Permissions; the infra tests prove them on the template.
  /^AWS::IAM::/,
  /^AWS::(Lambda::Permission|SecretsManager::ResourcePolicy)$/,
  // Accounts and sign-in; the local token issuer signs in the pool's name.
  /^AWS::Cognito::/,
  // Encryption at rest, a web ACL in front of the API, and shifting traffic between two versions, of which there is one.
  /^AWS::(KMS|CloudFront|CodeDeploy)::/,
  // Watching: the logs go to the terminal and a file.
  /^AWS::(CDK|CloudWatch|Logs|SNS)::/,
  // What failed for good is in the log, and events on their way are in a file; there is one bus, whatever its name.
  /^AWS::(SQS::.*|Lambda::EventInvokeConfig|Events::EventBus)$/,
];

export function isIgnored(type: string): boolean {
  return IGNORED.some((ignored) => ignored.test(type));
}

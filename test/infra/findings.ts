import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';

/** Accepted findings of cdk-nag, cfn-lint and checkov, with the reason. */
interface Accepted {
  readonly rules: readonly string[];
  /** The beginnings of the only logical ids that may have the finding. */
  readonly resources: readonly string[];
  readonly reason: string;
}

/** The CDK's own function, which copies the files of the staff desk at a deployment. */
const DESKS_DEPLOYMENT = 'CustomCDKBucketDeployment';
const DISTRIBUTIONS = ['ServiceDeskDistribution', 'ServiceFrontDoor'];

/** The permissions that the CDK grants its copying function: wildcard actions on whole buckets. */
const COPYING = [
  ...['GetObject*', 'GetBucket*', 'List*', 'DeleteObject*', 'Abort*'].map((each) => `Action::s3:${each}`),
  'Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*',
  'Resource::<ServiceDeskFilesE87324C9.Arn>/*',
];

export const ACCEPTED: readonly Accepted[] = [
  {
    rules: ['W3005'],
    resources: [
      ...FUNCTION_NAMES.map((name) => `Service${name[0]?.toUpperCase()}${name.slice(1)}`),
      'ServiceSchedulesEvery',
      DESKS_DEPLOYMENT,
    ],
    reason:
      'The CDK names role and policy together as what must be there first, and the policy is what matters; an alias must wait for its deployment group as for its alarm. What is named twice costs nothing.',
  },
  {
    rules: ['CKV_AWS_26'],
    resources: ['ServiceAlarms'],
    reason:
      'Alarms hold names of metrics and nothing of a payment; SNS encrypts its disks, and a key of ours would have to let CloudWatch use it.',
  },
  {
    rules: ['CKV_AWS_27'],
    resources: ['ServiceSchedulesFailures', 'ServiceEvents'],
    reason:
      "The queues are encrypted by SQS's own key (SqsManagedSseEnabled), which this check does not know; they hold events without personal data.",
  },
  {
    rules: ['CKV_AWS_115'],
    resources: ['Service', DESKS_DEPLOYMENT],
    reason:
      'A new account has ten concurrent executions in all and refuses every reservation, so the deployment would fail; the limit of each function is a prop.',
  },
  {
    rules: ['CKV_AWS_116', 'Serverless-LambdaDLQ'],
    resources: ['Service', DESKS_DEPLOYMENT],
    reason:
      'The doors are called synchronously, where a dead-letter queue is never used; the scheduled functions have an on-failure destination and their schedules a queue; the stream and the queue of events keep what fails.',
  },
  {
    rules: ['CKV_AWS_117'],
    resources: ['Service', DESKS_DEPLOYMENT],
    reason:
      "The functions reach DynamoDB, Secrets Manager and i'mport's public address over TLS, and nothing inside a network; a VPC would add a NAT gateway and slower starts.",
  },
  {
    rules: ['CKV_AWS_119'],
    resources: ['ServiceOrders'],
    reason:
      "The shop's word about its orders: DynamoDB's own key encrypts it, so that the checkout that writes it needs none.",
  },
  {
    rules: ['CKV_AWS_149'],
    resources: ['ServiceEventsSecret'],
    reason:
      'It signs events and opens nothing; who may read it is said by the roles, and a key of its own would cost more than it protects.',
  },
  {
    rules: ['CKV_AWS_158'],
    resources: ['Service'],
    reason:
      'Logs hold no account number, token or secret (promise 6) and are encrypted by CloudWatch itself; a key of ours would have to let the logs service of the whole region use it.',
  },
  {
    rules: ['CKV_AWS_173'],
    resources: ['Service', DESKS_DEPLOYMENT],
    reason:
      'The variables are names and settings and no secret; Lambda encrypts them with its own key, and a key of ours would be one more call in each cold start.',
  },
  {
    rules: ['CKV_AWS_174', 'AwsSolutions-CFR4'],
    resources: DISTRIBUTIONS,
    reason: "CloudFront's own name has its own certificate and TLS versions.",
  },
  {
    rules: ['CKV_AWS_18', 'CKV_AWS_21', 'AwsSolutions-S1'],
    resources: ['ServiceDeskFiles'],
    reason:
      'The files of the desk are the same for everybody and hold nothing of a refund; a deployment makes them anew.',
  },
  {
    rules: ['CKV_AWS_86', 'AwsSolutions-CFR3'],
    resources: DISTRIBUTIONS,
    reason:
      "Every request that touches a refund is in the API's access log, which holds no personal data; CloudFront's would.",
  },
  {
    rules: ['AwsSolutions-CFR1'],
    resources: DISTRIBUTIONS,
    reason: 'Customers and staff travel; the web ACL can look at countries.',
  },
  {
    rules: ['AwsSolutions-CFR2'],
    resources: ['ServiceDeskDistribution'],
    reason: 'Static files; a web ACL is put in front where one is given.',
  },
  {
    rules: ['AwsSolutions-SMG4'],
    resources: ['ServiceIamportSecret', 'ServiceEventsSecret'],
    reason:
      "Only i'mport's console can issue a new key. The key of events must change on two sides at the same moment: the deployer does it, with both keys in the secret for a while.",
  },
  {
    rules: ['AwsSolutions-APIG4'],
    resources: ['ServiceHttpApiPOSTwebhooks'],
    reason:
      "i'mport signs nothing and sends no token. The function takes the webhook only from its published addresses and believes only what it reads back.",
  },
  {
    rules: [
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
    ],
    resources: ['Service'],
    reason: "CodeDeploy's own role for shifting an alias; AWS keeps it to what that takes.",
  },
  {
    rules: ['AwsSolutions-IAM5[Resource::*]'],
    resources: ['Service'],
    reason: 'X-Ray and the listing of streams have no resources: they can only be granted on *.',
  },
  {
    rules: COPYING.map((permission) => `AwsSolutions-IAM5[${permission}]`),
    resources: ['ServiceDeskDeploymentRole'],
    reason:
      "It works at a deployment alone: reads the assets that the account's bootstrap keeps, and writes this one bucket, which holds nothing secret.",
  },
  {
    rules: ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
    resources: ['ServiceSchedulesFailures', 'ServiceEventsFailures', 'ServiceEventsForwardingFailures'],
    reason: 'It is itself the queue of what failed; another behind it would hold nothing.',
  },
  {
    rules: ['Serverless-LambdaEventSourceMappingDestination'],
    resources: ['ServiceEventsToForward'],
    reason: 'A queue keeps what fails by itself, and has a queue of failures behind it.',
  },
  {
    rules: ['AwsSolutions-L1', 'Serverless-LambdaLatestVersion', 'Serverless-LambdaTracing'],
    resources: [DESKS_DEPLOYMENT],
    reason: 'The CDK makes its own function and its runtime; when it fails, the deployment fails.',
  },
];

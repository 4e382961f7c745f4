import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';

/** Rules of cdk-nag, cfn-lint and checkov, the beginnings of the only logical ids that may break them, and why they may. */
type Accepted = readonly [rules: readonly string[], resources: readonly string[], reason: string];

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
  [
    ['W3005'],
    [
      ...FUNCTION_NAMES.map((name) => `Service${name[0]?.toUpperCase()}${name.slice(1)}`),
      'ServiceSchedulesEvery',
      DESKS_DEPLOYMENT,
    ],
    'The CDK names role and policy together as what must be there first, and the policy is what matters; an alias must wait for its deployment group as for its alarm. What is named twice costs nothing.',
  ],
  [
    ['CKV_AWS_26'],
    ['ServiceAlarms'],
    'Alarms hold names of metrics and nothing of a payment; SNS encrypts its disks, and a key of ours would have to let CloudWatch use it.',
  ],
  [
    ['CKV_AWS_27'],
    ['ServiceSchedulesFailures', 'ServiceEvents'],
    "The queues are encrypted by SQS's own key (SqsManagedSseEnabled), which this check does not know; they hold events without personal data.",
  ],
  [
    ['CKV_AWS_115'],
    ['Service', DESKS_DEPLOYMENT],
    'A new account has ten concurrent executions in all and refuses every reservation, so the deployment would fail; the limit of each function is a prop.',
  ],
  [
    ['CKV_AWS_116', 'Serverless-LambdaDLQ'],
    ['Service', DESKS_DEPLOYMENT],
    'The doors are called synchronously, where a dead-letter queue is never used; the scheduled functions have an on-failure destination and their schedules a queue; the stream and the queue of events keep what fails.',
  ],
  [
    ['CKV_AWS_117'],
    ['Service', DESKS_DEPLOYMENT],
    "The functions reach DynamoDB, Secrets Manager and i'mport's public address over TLS, and nothing inside a network; a VPC would add a NAT gateway and slower starts.",
  ],
  [
    ['CKV_AWS_119'],
    ['ServiceOrders'],
    "The shop's word about its orders: DynamoDB's own key encrypts it, so that the checkout that writes it needs none.",
  ],
  [
    ['CKV_AWS_149'],
    ['ServiceEventsSecret'],
    'It signs events and opens nothing; who may read it is said by the roles, and a key of its own would cost more than it protects.',
  ],
  [
    ['CKV_AWS_158'],
    ['Service'],
    'Logs hold no account number, token or secret (promise 6) and are encrypted by CloudWatch itself; a key of ours would have to let the logs service of the whole region use it.',
  ],
  [
    ['CKV_AWS_173'],
    ['Service', DESKS_DEPLOYMENT],
    'The variables are names and settings and no secret; Lambda encrypts them with its own key, and a key of ours would be one more call in each cold start.',
  ],
  [
    ['CKV_AWS_174', 'AwsSolutions-CFR4'],
    DISTRIBUTIONS,
    "CloudFront's own name has its own certificate and TLS versions.",
  ],
  [
    ['CKV_AWS_18', 'CKV_AWS_21', 'AwsSolutions-S1'],
    ['ServiceDeskFiles'],
    'The files of the desk are the same for everybody and hold nothing of a refund; a deployment makes them anew.',
  ],
  [
    ['CKV_AWS_86', 'AwsSolutions-CFR3'],
    DISTRIBUTIONS,
    "Every request that touches a refund is in the API's access log, which holds no personal data; CloudFront's would.",
  ],
  [['AwsSolutions-CFR1'], DISTRIBUTIONS, 'Customers and staff travel; the web ACL can look at countries.'],
  [
    ['AwsSolutions-CFR2'],
    ['ServiceDeskDistribution'],
    'Static files; a web ACL is put in front where one is given.',
  ],
  [
    ['AwsSolutions-SMG4'],
    ['ServiceIamportSecret', 'ServiceEventsSecret'],
    "Only i'mport's console can issue a new key. The key of events must change on two sides at the same moment: the deployer does it, with both keys in the secret for a while.",
  ],
  [
    ['AwsSolutions-APIG4'],
    ['ServiceHttpApiPOSTwebhooks'],
    "i'mport signs nothing and sends no token. The function takes the webhook only from its published addresses and believes only what it reads back.",
  ],
  [
    [
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
    ],
    ['Service'],
    "CodeDeploy's own role for shifting an alias; AWS keeps it to what that takes.",
  ],
  [
    ['AwsSolutions-IAM5[Resource::*]'],
    ['Service'],
    'X-Ray and the listing of streams have no resources: they can only be granted on *.',
  ],
  [
    COPYING.map((permission) => `AwsSolutions-IAM5[${permission}]`),
    ['ServiceDeskDeploymentRole'],
    "It works at a deployment alone: reads the assets that the account's bootstrap keeps, and writes this one bucket, which holds nothing secret.",
  ],
  [
    ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'],
    ['ServiceSchedulesFailures', 'ServiceEventsFailures', 'ServiceEventsForwardingFailures'],
    'It is itself the queue of what failed; another behind it would hold nothing.',
  ],
  [
    ['Serverless-LambdaEventSourceMappingDestination'],
    ['ServiceEventsToForward'],
    'A queue keeps what fails by itself, and has a queue of failures behind it.',
  ],
  [
    ['AwsSolutions-L1', 'Serverless-LambdaLatestVersion', 'Serverless-LambdaTracing'],
    [DESKS_DEPLOYMENT],
    'The CDK makes its own function and its runtime; when it fails, the deployment fails.',
  ],
];

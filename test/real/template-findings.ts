import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';

/** The CDK's own function, which copies the files of the staff desk at a deployment. */
const DESKS_DEPLOYMENT = 'CustomCDKBucketDeployment';
const SAME_FOR_EVERYBODY =
  'The files of the desk are the same for everybody and hold nothing of a refund; a deployment makes them anew.';

/**
 * Accepted findings of cfn-lint and checkov by rule, each with its reason. `resources`: the beginnings of the only logical
 * ids that may have the finding.
 */
export const ACKNOWLEDGED: Readonly<
  Record<string, { readonly resources: readonly string[]; readonly reason: string }>
> = {
  W3005: {
    resources: [
      ...FUNCTION_NAMES.map((name) => `Service${name[0]?.toUpperCase()}${name.slice(1)}`),
      'ServiceSchedulesEvery',
      DESKS_DEPLOYMENT,
    ],
    reason:
      'The CDK names role and policy together as what must be there first, and the policy is what matters; an alias must wait for its deployment group as for its alarm. What is named twice costs nothing.',
  },
  CKV_AWS_26: {
    resources: ['ServiceAlarms'],
    reason:
      'Alarms hold names of metrics and nothing of a payment; SNS encrypts its disks, and a key of ours would have to let CloudWatch use it.',
  },
  CKV_AWS_27: {
    resources: ['ServiceSchedulesFailures', 'ServiceEvents'],
    reason:
      "The queues are encrypted by SQS's own key (SqsManagedSseEnabled), which this check does not know; they hold events without personal data.",
  },
  CKV_AWS_115: {
    resources: ['Service', DESKS_DEPLOYMENT],
    reason:
      'A new account has ten concurrent executions in all and refuses every reservation, so the deployment would fail; the limit of each function is a prop.',
  },
  CKV_AWS_116: {
    resources: ['Service', DESKS_DEPLOYMENT],
    reason:
      'The doors are called synchronously, where a dead-letter queue is never used; the scheduled functions have an on-failure destination and their schedules a queue, which the check does not see.',
  },
  CKV_AWS_117: {
    resources: ['Service', DESKS_DEPLOYMENT],
    reason:
      "The functions reach DynamoDB, Secrets Manager and i'mport's public address over TLS, and nothing inside a network; a VPC would add a NAT gateway and slower starts.",
  },
  CKV_AWS_119: {
    resources: ['ServiceOrders'],
    reason:
      "The shop's word about its orders: DynamoDB's own key encrypts it, so that the checkout that writes it needs none.",
  },
  CKV_AWS_149: {
    resources: ['ServiceEventsSecret'],
    reason:
      'It signs events and opens nothing; who may read it is said by the roles, and a key of its own would cost more than it protects.',
  },
  CKV_AWS_158: {
    resources: ['Service'],
    reason:
      'Logs hold no account number, token or secret (promise 6) and are encrypted by CloudWatch itself; a key of ours would have to let the logs service of the whole region use it.',
  },
  CKV_AWS_173: {
    resources: ['Service', DESKS_DEPLOYMENT],
    reason:
      'The variables are names and settings and no secret; Lambda encrypts them with its own key, and a key of ours would be one more call in each cold start.',
  },
  CKV_AWS_174: {
    resources: ['ServiceDeskDistribution', 'ServiceFrontDoor'],
    reason: "CloudFront's own name has its own certificate and TLS versions.",
  },
  CKV_AWS_18: { resources: ['ServiceDeskFiles'], reason: SAME_FOR_EVERYBODY },
  CKV_AWS_21: { resources: ['ServiceDeskFiles'], reason: SAME_FOR_EVERYBODY },
  CKV_AWS_86: {
    resources: ['ServiceDeskDistribution', 'ServiceFrontDoor'],
    reason:
      "Every request that touches a refund is in the API's access log, which holds no personal data; CloudFront's would.",
  },
};

import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { IMP_UID_INDEX, OPEN_REFUNDS_INDEX } from '../functions/payments-store/keys.ts';
import { functionErrors, serviceAlarms } from './alarms.ts';
import { RefundApi } from './api.ts';
import { serviceDashboard } from './dashboard.ts';
import { PaymentsTable } from './payments-table.ts';
import { grantSecret, grantTable } from './permissions.ts';
import { Schedules } from './schedules.ts';
import { serviceFunctions, type ServiceFunctions } from './service-functions.ts';
import { DEFAULT_SETTINGS, type Settings } from './settings.ts';
import { StaffPool } from './staff-pool.ts';

export interface RefundServiceProps extends Partial<Settings> {
  /**
   * Payments table with the keys and indexes of `functions/payments-store/keys.ts`.
   * @default - a table with its own key, point-in-time recovery, deletion protection; kept when the stack is deleted
   */
  readonly table?: ITable;
  /**
   * Secret with JSON `{"imp_key", "imp_secret"}`.
   * @default - an empty one is made; the stack's outputs say how to fill it
   */
  readonly iamportSecret?: ISecret;
  /**
   * Who issues the tokens of customers and staff.
   * @default - a Cognito user pool and client of its own, with the group `refund-staff`
   */
  readonly tokens?: { readonly issuer: string; readonly audience: readonly string[] };
  /**
   * Where alarms go. Its policy, and its key's, must let CloudWatch publish.
   * @default - a topic of its own, without subscribers
   */
  readonly alarmTopic?: ITopic;
  /**
   * Pages that may call the API (CORS).
   * @default - none
   */
  readonly allowedOrigins?: readonly string[];
  /**
   * Name of the API, and a certificate for it in the same region; the DNS record is the caller's.
   * @default - the name that AWS gives
   */
  readonly domain?: { readonly name: string; readonly certificate: ICertificate };
}

/** The refund service: API, functions, table, secret, schedule, alarms. See the README for what it promises. */
export class RefundService extends Construct {
  readonly api: HttpApi;
  readonly table: ITable;
  readonly iamportSecret: ISecret;
  readonly alarmTopic: ITopic;
  readonly dashboard: Dashboard;
  readonly functions: ServiceFunctions;
  /** Undefined when the tokens come from elsewhere. */
  readonly staffPool: StaffPool | undefined;

  constructor(scope: Construct, id: string, props: RefundServiceProps = {}) {
    super(scope, id);
    const payments = new PaymentsTable(this, 'Payments', props.table);
    const { key } = payments;
    this.table = payments.table;
    this.iamportSecret = props.iamportSecret ?? this.#secret(key);
    this.alarmTopic = props.alarmTopic ?? this.#topic(key);
    this.functions = serviceFunctions(this, {
      table: this.table,
      iamportSecret: this.iamportSecret,
      settings: { ...DEFAULT_SETTINGS, serviceName: this.node.path, ...props },
    });
    this.#grant();
    const schedules = new Schedules(this, 'Schedules', {
      resolver: this.functions.resolveRefunds.alias,
      reconciliation: this.functions.reconcilePayments.alias,
    });
    this.staffPool = props.tokens === undefined ? new StaffPool(this, 'Staff') : undefined;
    const { cancelPayment, getPayment, closeRefund, receiveWebhook } = this.functions;
    const { api } = new RefundApi(this, 'Http', {
      cancelPayment: cancelPayment.alias,
      getPayment: getPayment.alias,
      closeRefund: closeRefund.alias,
      receiveWebhook: receiveWebhook.alias,
      throttles: undefined,
      tokens: props.tokens ?? this.#ownTokens(),
      allowedOrigins: props.allowedOrigins ?? [],
      domain: props.domain,
    });
    this.api = api;
    const alarms = serviceAlarms(this, {
      api,
      topic: this.alarmTopic,
      failures: schedules.failures,
      functions: this.functions,
      resolver: this.functions.resolveRefunds.alias,
    });
    this.dashboard = serviceDashboard(this, { api, functions: this.functions, alarms });
    this.#deployGradually();
  }

  #ownTokens() {
    if (this.staffPool === undefined) throw new Error('Bug: no tokens and no pool');
    return { issuer: this.staffPool.issuer, audience: [this.staffPool.client.userPoolClientId] };
  }

  #topic(key: IKey): Topic {
    const topic = new Topic(this, 'Alarms', { masterKey: key, enforceSSL: true });
    // An alarm publishes in CloudWatch's name. A policy of the topic's own takes the place of the default one, under which
    // the account's alarms may publish, so it is said here; so is the use of the topic's key.
    // https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    const { account } = Stack.of(this);
    const cloudWatch = 'cloudwatch.amazonaws.com';
    const conditions = { StringEquals: { 'aws:SourceAccount': account } };
    topic.grantPublish(new ServicePrincipal(cloudWatch, { conditions }));
    key.grant(new ServicePrincipal(cloudWatch), 'kms:Decrypt', 'kms:GenerateDataKey*');
    return topic;
  }

  #secret(key: IKey): Secret {
    const secret = new Secret(this, 'IamportSecret', {
      description: 'i\'mport\'s REST API key and secret: {"imp_key", "imp_secret"}',
      encryptionKey: key,
      removalPolicy: RemovalPolicy.RETAIN,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ imp_key: '' }),
        generateStringKey: 'imp_secret',
      },
    });
    const reason =
      "Only i'mport's console can issue a new key, so nothing here could rotate it; a rotated one is picked up within minutes.";
    Validations.of(secret).acknowledge({ id: 'AwsSolutions-SMG4', reason });
    return secret;
  }

  #grant(): void {
    for (const { role } of Object.values(this.functions)) grantSecret(role, this.iamportSecret);
    const { resolveRefunds, ...others } = this.functions;
    for (const { role } of Object.values(others)) grantTable(role, this.table, { queries: [IMP_UID_INDEX] });
    grantTable(resolveRefunds.role, this.table, { queries: [OPEN_REFUNDS_INDEX] });
  }

  /** A tenth of the traffic for five minutes; errors of the new version take it back. */
  #deployGradually(): void {
    for (const [name, { alias }] of Object.entries(this.functions)) {
      const alarm = functionErrors(this, `${name}Deployment`, alias);
      const shift = new LambdaDeploymentGroup(this, `${name}Shift`, {
        alias,
        deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
        alarms: [alarm],
      });
      Validations.of(shift).acknowledge({
        id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
        reason: "CodeDeploy's own role for shifting an alias; AWS keeps it to what that takes.",
      });
    }
  }
}

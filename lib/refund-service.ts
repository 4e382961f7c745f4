import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { IMP_UID_INDEX, OPEN_REFUNDS_INDEX } from '../functions/payments-store/keys.ts';
import { ENVIRONMENT } from '../functions/runtime/environment.ts';
import { functionErrors, serviceAlarms } from './alarms.ts';
import { RefundApi } from './api.ts';
import { REQUEST_TIMEOUT, RESOLVER_TIMEOUT } from './budgets.ts';
import { serviceDashboard } from './dashboard.ts';
import { PaymentsTable } from './payments-table.ts';
import { grantTable } from './permissions.ts';
import { ResolverSchedule } from './resolver-schedule.ts';
import { ServiceFunction } from './service-function.ts';
import { StaffPool } from './staff-pool.ts';

export interface RefundServiceProps {
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
   * Where alarms go.
   * @default - a topic of its own, without subscribers
   */
  readonly alarmTopic?: ITopic;
  /**
   * Pages that may call the API (CORS).
   * @default - none
   */
  readonly allowedOrigins?: readonly string[];
  /** Addresses the provider sends webhooks from. */
  readonly webhookSourceAddresses: readonly string[];
  /** Base address of i'mport's API. */
  readonly iamportApiUrl: string;
  /** Seconds in which a request may still be executed after we stopped waiting (G of the protocol). */
  readonly quietPeriodSeconds: number;
}

type Functions = {
  readonly cancelPayment: ServiceFunction;
  readonly getPayment: ServiceFunction;
  readonly receiveWebhook: ServiceFunction;
  readonly resolveRefunds: ServiceFunction;
};

/** The refund service: API, functions, table, secret, schedule, alarms. See the README for what it promises. */
export class RefundService extends Construct {
  readonly api: HttpApi;
  readonly table: ITable;
  readonly iamportSecret: ISecret;
  readonly alarmTopic: ITopic;
  readonly dashboard: Dashboard;
  readonly functions: Functions;
  /** Undefined when the tokens come from elsewhere. */
  readonly staffPool: StaffPool | undefined;

  constructor(scope: Construct, id: string, props: RefundServiceProps) {
    super(scope, id);
    const payments = new PaymentsTable(this, 'Payments');
    const { key } = payments;
    this.table = props.table ?? payments.table;
    this.iamportSecret = props.iamportSecret ?? this.#secret(key);
    this.alarmTopic = props.alarmTopic ?? new Topic(this, 'Alarms', { masterKey: key, enforceSSL: true });
    this.functions = this.#functions(props);
    this.#grant();
    const schedule = new ResolverSchedule(this, 'Resolver', {
      resolver: this.functions.resolveRefunds.alias,
      key,
    });
    this.staffPool = props.tokens === undefined ? new StaffPool(this, 'Staff') : undefined;
    const { cancelPayment, getPayment, receiveWebhook } = this.functions;
    const { api } = new RefundApi(this, 'Http', {
      cancelPayment: cancelPayment.alias,
      getPayment: getPayment.alias,
      receiveWebhook: receiveWebhook.alias,
      tokens: props.tokens ?? this.#ownTokens(),
      allowedOrigins: props.allowedOrigins ?? [],
    });
    this.api = api;
    const alarms = serviceAlarms(this, {
      api,
      topic: this.alarmTopic,
      failures: schedule.failures,
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

  #functions(props: RefundServiceProps): Functions {
    const environment = {
      [ENVIRONMENT.tableName]: this.table.tableName,
      [ENVIRONMENT.secretId]: this.iamportSecret.secretArn,
      [ENVIRONMENT.apiUrl]: props.iamportApiUrl,
      [ENVIRONMENT.quietPeriodSeconds]: String(props.quietPeriodSeconds),
    };
    const addresses = { [ENVIRONMENT.webhookSourceAddresses]: props.webhookSourceAddresses.join(',') };
    const request = { timeout: REQUEST_TIMEOUT, environment };
    return {
      cancelPayment: new ServiceFunction(this, 'CancelPayment', {
        ...request,
        entry: 'cancel-payment',
        description: 'POST /payments/cancel',
      }),
      getPayment: new ServiceFunction(this, 'GetPayment', {
        ...request,
        entry: 'get-payment',
        description: 'GET /payments/{merchant_uid}',
      }),
      receiveWebhook: new ServiceFunction(this, 'ReceiveWebhook', {
        ...request,
        entry: 'receive-webhook',
        description: 'POST /webhooks/iamport',
        environment: { ...environment, ...addresses },
      }),
      resolveRefunds: new ServiceFunction(this, 'ResolveRefunds', {
        entry: 'resolve-refunds',
        description: 'Resolves refunds in doubt, every minute',
        timeout: RESOLVER_TIMEOUT,
        environment,
      }),
    };
  }

  #grant(): void {
    const { cancelPayment, getPayment, receiveWebhook, resolveRefunds } = this.functions;
    for (const { role } of Object.values(this.functions)) this.iamportSecret.grantRead(role);
    grantTable(cancelPayment.role, this.table, { queries: [IMP_UID_INDEX] });
    grantTable(getPayment.role, this.table, { queries: [] });
    grantTable(receiveWebhook.role, this.table, { queries: [] });
    grantTable(resolveRefunds.role, this.table, { queries: [OPEN_REFUNDS_INDEX] });
  }

  /** A tenth of the traffic for five minutes; errors of the new version take it back. */
  #deployGradually(): void {
    for (const [name, { alias }] of Object.entries(this.functions)) {
      const alarm = functionErrors(this, `${name}Deployment`, alias);
      new LambdaDeploymentGroup(this, `${name}Shift`, {
        alias,
        deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
        alarms: [alarm],
      });
    }
  }
}

import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { alarmTopic } from './alarm-topic.ts';
import { serviceAlarms } from './alarms.ts';
import { RefundApi } from './api.ts';
import { deployGradually } from './canary.ts';
import { grantCheckout } from './checkout-grant.ts';
import { settingsOf } from './configuration.ts';
import { serviceDashboard } from './dashboard.ts';
import { frontDoor } from './front-door.ts';
import { iamportSecret } from './iamport-secret.ts';
import { paymentsTable } from './payments-table.ts';
import { grantFunctions } from './permissions.ts';
import type { RefundServiceProps } from './refund-service-props.ts';
import { Schedules } from './schedules.ts';
import { serviceFunctions, type ServiceFunctions } from './service-functions.ts';
import type { Settings } from './settings.ts';
import { StaffPool } from './staff-pool.ts';

export { ConfigurationFaults } from './configuration.ts';
export { outputsOf } from './outputs.ts';
export type { RefundServiceProps } from './refund-service-props.ts';

/** Where staff may return to until the shop has a page: a page on the developer's machine. */
const FIRST_CALLBACK = 'http://localhost:3000';

/** The refund service: API, functions, table, secret, schedules, alarms. See the README for what it promises. */
export class RefundService extends Construct {
  readonly serviceName: string;
  /** G of the protocol: five of them make a refund in doubt drift. */
  readonly quietPeriodSeconds: number;
  readonly api: HttpApi;
  /** CloudFront with the web ACL, where one was given. */
  readonly frontDoor: IDistribution | undefined;
  readonly table: ITable;
  readonly iamportSecret: ISecret;
  readonly functions: ServiceFunctions;
  readonly alarmTopic: ITopic;
  readonly dashboard: Dashboard;
  readonly accessLog: ILogGroup;
  /** Scheduled runs that failed for good. */
  readonly failures: Queue;
  /** Undefined when the shop has an issuer of its own. */
  readonly staffPool: StaffPool | undefined;

  /** @throws ConfigurationFaults naming every prop that cannot be deployed, and the rule that it breaks. */
  constructor(scope: Construct, id: string, props: RefundServiceProps = {}) {
    super(scope, id);
    const settings = settingsOf(props, this.node.path);
    const { serviceName, quietPeriodSeconds, webAclArn } = settings;
    this.serviceName = serviceName;
    this.quietPeriodSeconds = quietPeriodSeconds;
    this.table = props.table ?? paymentsTable(this);
    this.iamportSecret = props.iamportSecret ?? iamportSecret(this);
    this.alarmTopic = props.alarmTopic ?? alarmTopic(this);
    const functions = serviceFunctions(this, {
      table: this.table,
      iamportSecret: this.iamportSecret,
      settings,
    });
    this.functions = functions;
    grantFunctions(functions, this.table, this.iamportSecret);
    this.failures = this.#runByTheClock();
    this.staffPool = props.tokens === undefined ? this.#staffPool(settings) : undefined;
    const { api, accessLog } = new RefundApi(this, 'Http', {
      serviceName,
      functions,
      tokens: props.tokens ?? this.#ownTokens(),
      allowedOrigins: settings.allowedOrigins,
      throttles: settings.throttles,
      domain: props.domain,
    });
    this.api = api;
    this.accessLog = accessLog;
    this.frontDoor = webAclArn === '' ? undefined : frontDoor(this, { api, webAclArn });
    this.dashboard = this.#watch();
  }

  /** Lets the shop's checkout write the shop's attributes of orders and payments, and nothing else. */
  grantCheckout(grantee: IGrantable): Grant {
    return grantCheckout(grantee, this.table);
  }

  #runByTheClock(): Queue {
    const { resolveRefunds, reconcilePayments } = this.functions;
    const { failures } = new Schedules(this, 'Schedules', {
      resolver: resolveRefunds.alias,
      reconciliation: reconcilePayments.alias,
    });
    return failures;
  }

  #staffPool({ signInCallbackUrls, allowedOrigins }: Settings): StaffPool {
    const [first = allowedOrigins[0] ?? FIRST_CALLBACK, ...others] = signInCallbackUrls;
    return new StaffPool(this, 'Staff', { callbackUrls: [first, ...others] });
  }

  #ownTokens() {
    if (this.staffPool === undefined) throw new Error('Bug: no tokens and no pool');
    return { issuer: this.staffPool.issuer, audience: [this.staffPool.client.userPoolClientId] };
  }

  #watch(): Dashboard {
    const { serviceName, quietPeriodSeconds, api, functions, failures, alarmTopic: topic } = this;
    const alarms = serviceAlarms(this, {
      serviceName,
      quietPeriodSeconds,
      api,
      topic,
      failures,
      functions,
    });
    deployGradually(this, { functions, serviceName });
    return serviceDashboard(this, { serviceName, api, functions, alarms });
  }
}

import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IDistribution } from 'aws-cdk-lib/aws-cloudfront';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import { STAFF_GROUP } from '../../functions/http/caller.ts';
import type { OrderAttributes } from '../../functions/ledger/keys.ts';
import { omitMissing } from '../../functions/refund/omit-missing.ts';
import { alarmTopic, deployGradually, serviceAlarms } from './alarms.ts';
import { RefundApi } from './api.ts';
import { ConfigurationFaults, settingsOf } from './configuration.ts';
import { serviceDashboard } from './dashboard.ts';
import { Events } from './events.ts';
import { frontDoor } from './front-door.ts';
import { serviceFunctions, type ServiceFunctions } from './functions.ts';
import { grantCheckout, grantFunctions } from './permissions.ts';
import { Schedules } from './schedules.ts';
import type { DeskClient, RefundServiceProps } from './settings.ts';
import { StaffDesk } from './staff-desk.ts';
import { StaffPool } from './staff-pool.ts';
import { iamportSecret, ledgerFaults, ledgerTable, ordersTable, orderTableFaults } from './storage.ts';

export { ConfigurationFaults } from './configuration.ts';
export type { RefundServiceProps } from './settings.ts';

/** The refund service: API, functions, tables, secret, schedules, alarms. See the README for what it promises. */
export class RefundService extends Construct {
  readonly serviceName: string;
  /** G of the protocol: after five of them a refund in doubt is in drift. */
  readonly quietPeriodSeconds: number;
  readonly api: HttpApi;
  /** CloudFront with the web ACL, if one was given. */
  readonly frontDoor: IDistribution | undefined;
  /** The service's ledger, which nobody else may write. */
  readonly ledger: ITable;
  /** The shop's orders, which the service only reads. */
  readonly orders: ITable;
  /** The shop's attribute names, if they differ. */
  readonly orderAttributes: Partial<OrderAttributes>;
  readonly iamportSecret: ISecret;
  readonly functions: ServiceFunctions;
  readonly alarmTopic: ITopic;
  readonly dashboard: Dashboard;
  readonly accessLog: ILogGroup;
  /** Scheduled runs that finally failed. */
  readonly failures: Queue;
  readonly events: Events;
  /** Undefined when the shop has an issuer of its own. */
  readonly staffPool: StaffPool | undefined;
  /** The staff desk, if it was requested. */
  readonly staffDesk: StaffDesk | undefined;
  /** Whether the tables and the user pool are protected from deletion; see the setting of that name. */
  readonly isProtected: boolean;

  /** @throws ConfigurationFaults naming every prop that cannot be deployed, and the rule that it breaks. */
  constructor(scope: Construct, id: string, props: RefundServiceProps = {}) {
    super(scope, id);
    const settings = settingsOf(props, this.node.path);
    refuseFaults(this, [...faultsOfTables(props), ...faultsOfPlace(this)]);
    const { serviceName, quietPeriodSeconds, webAclArn, deletionProtection, staffDesk } = settings;
    this.serviceName = serviceName;
    this.quietPeriodSeconds = quietPeriodSeconds;
    this.isProtected = deletionProtection;
    this.ledger = props.ledger ?? ledgerTable(this, deletionProtection);
    this.orders = props.orders?.table ?? ordersTable(this, deletionProtection);
    this.iamportSecret = props.iamportSecret ?? iamportSecret(this);
    this.alarmTopic = props.alarmTopic ?? alarmTopic(this);
    const { ledger, orders, iamportSecret: secret } = this;
    this.orderAttributes = props.orders?.attributes ?? {};
    const events = new Events(this, 'Events', { bus: props.eventBus, eventsUrl: settings.eventsUrl });
    this.events = events;
    const functions = serviceFunctions(this, this, settings);
    this.functions = functions;
    grantFunctions(functions, { ledger, orders, secret });
    events.connect(functions, { ledger, serviceName });
    this.failures = new Schedules(this, 'Schedules', functions).failures;
    this.staffDesk =
      staffDesk === false
        ? undefined
        : new StaffDesk(this, 'Desk', { domain: props.staffDeskDomain, webAclArn });
    const origins = this.staffDesk === undefined ? [] : [this.staffDesk.origin];
    const pages = [...settings.signInCallbackUrls, ...origins.map((origin) => `${origin}/`)];
    this.staffPool =
      props.tokens === undefined ? new StaffPool(this, 'Staff', { pages, deletionProtection }) : undefined;
    const tokens = props.tokens ?? this.#ownPool().tokens;
    const { api, accessLog } = new RefundApi(this, 'Http', {
      serviceName,
      functions,
      throttles: settings.throttles,
      tokens,
      allowedOrigins: [...settings.allowedOrigins, ...origins],
      domain: props.domain,
    });
    this.api = api;
    this.accessLog = accessLog;
    this.frontDoor = webAclArn === '' ? undefined : frontDoor(this, { api, webAclArn });
    if (staffDesk !== false) this.#fillDesk(tokens.issuer, staffDesk);
    this.dashboard = serviceDashboard(this, this, serviceAlarms(this, this));
    deployGradually(this, this);
    if (!deletionProtection) warnOfMissingProtection(this);
  }

  /** Lets the shop's checkout read and write its orders. It cannot access the ledger. */
  grantCheckout(grantee: IGrantable): Grant {
    return grantCheckout(grantee, this.orders);
  }

  /** Created last, because its page names the API, the pool and the web ACL's distribution. */
  #fillDesk(issuer: string, desk: true | DeskClient): void {
    const own = (): DeskClient => ({ clientId: this.#ownPool().client.userPoolClientId });
    const { clientId, scope = 'openid', audience } = desk === true ? own() : desk;
    const ofPool = this.staffPool === undefined ? [] : [this.staffPool.signInOrigin];
    this.staffDesk?.fill({
      api: frontDoorUrl(this) ?? this.api.apiEndpoint,
      issuer,
      clientId,
      scope,
      audience,
      signInOrigins: [issuer.split('/').slice(0, 3).join('/'), ...ofPool],
    });
  }

  #ownPool(): StaffPool {
    if (this.staffPool === undefined) throw new Error('Bug: no tokens, no client and no pool');
    return this.staffPool;
  }
}

function refuseFaults({ node }: Construct, faults: readonly string[]): void {
  if (faults.length > 0) throw new ConfigurationFaults(faults.map((fault) => `${node.path}: ${fault}`));
}

function warnOfMissingProtection(scope: Construct): void {
  Annotations.of(scope).addWarningV2(
    'iamport-refunds:NotProtected',
    'Tables and user pool can be deleted. When the first deployment has succeeded, run ProtectCommand of its outputs and set deletionProtection to true.',
  );
}

/** Checks tables whose keys are known at synthesis. */
function faultsOfTables({ orders, ledger }: RefundServiceProps): readonly string[] {
  return [
    ...(orders === undefined ? [] : orderTableFaults(orders.table, orders.attributes ?? {})),
    ...(ledger === undefined ? [] : ledgerFaults(ledger)),
  ];
}

/** Regions in China and GovCloud have other addresses and lack some services; the service was never tried there. */
function faultsOfPlace(scope: Construct): readonly string[] {
  const { region } = Stack.of(scope);
  const { partition = 'aws' } = Token.isUnresolved(region) ? {} : RegionInfo.get(region);
  return partition === 'aws'
    ? []
    : [`region ${region} is of the partition ${partition}; only aws is supported`];
}

/** All names that the runbook's commands and a first deployment need. */
export function outputsOf(service: RefundService): Readonly<Record<string, string>> {
  const { api, ledger, orders, iamportSecret: secret, functions, dashboard, failures } = service;
  const { staffDesk: desk, orderAttributes: attributes } = service;
  const { resolveRefunds, reconcilePayments, publishRefunds } = functions;
  const all = Object.values(functions);
  return {
    ApiUrl: api.apiEndpoint,
    WebhookUrl: `${api.apiEndpoint}/webhooks/iamport`,
    ...omitMissing({ FrontDoorUrl: frontDoorUrl(service), StaffDeskUrl: desk && `${desk.origin}/` }),
    ServiceName: service.serviceName,
    LedgerTableName: ledger.tableName,
    OrdersTableName: orders.tableName,
    // In the form of `--order-attributes` of `npm run refunds`.
    ...(Object.keys(attributes).length === 0 ? {} : { OrderAttributes: JSON.stringify(attributes) }),
    SecretArn: secret.secretArn,
    FillSecretCommand: fillSecretCommand(secret),
    ...(service.isProtected ? {} : { ProtectCommand: protectCommand(service) }),
    ResolverFunction: `${resolveRefunds.lambda.functionName}:${resolveRefunds.alias.aliasName}`,
    ReconciliationFunction: `${reconcilePayments.lambda.functionName}:${reconcilePayments.alias.aliasName}`,
    EventsFunction: `${publishRefunds.lambda.functionName}:${publishRefunds.alias.aliasName}`,
    FunctionNames: all.map(({ lambda }) => lambda.functionName).join(' '),
    LogGroupNames: all.map(({ logGroup }) => logGroup.logGroupName).join(' '),
    AccessLogName: service.accessLog.logGroupName,
    QuietPeriodSeconds: String(service.quietPeriodSeconds),
    FailuresQueueUrl: failures.queueUrl,
    ...eventsOutputs(service),
    AlarmTopicArn: service.alarmTopic.topicArn,
    DashboardName: dashboard.dashboardName,
    ...staffOutputs(service),
  };
}

function frontDoorUrl({ frontDoor: distribution }: RefundService): string | undefined {
  return distribution && `https://${distribution.distributionDomainName}`;
}

function eventsOutputs({ events: { bus, failures, forwarding } }: RefundService) {
  const { secret, failures: notForwarded } = forwarding ?? {};
  const read = `aws secretsmanager get-secret-value --secret-id ${secret?.secretArn} --query SecretString --output text`;
  return {
    EventBusName: bus.eventBusName,
    EventFailuresQueueUrl: failures.queueUrl,
    ...omitMissing({
      EventsSecretCommand: secret && `printf 'whsec_%s\\n' "$(${read})"`,
      NotForwardedQueueUrl: notForwarded?.queueUrl,
    }),
  };
}

/** The command asks for both values, so no placeholder can be stored, and the shell's history does not contain the secret. */
function fillSecretCommand({ secretArn }: ISecret): string {
  const ask = ['imp_key', 'imp_secret'].map(
    (name) => `printf '${name}: ' && read -r ${name} && test -n "$${name}"`,
  );
  const value = String.raw`"{\"imp_key\":\"$imp_key\",\"imp_secret\":\"$imp_secret\"}"`;
  return [
    ...ask,
    `aws secretsmanager put-secret-value --secret-id ${secretArn} --secret-string ${value}`,
  ].join(' && ');
}

/** Protects the tables at once; the user pool needs the setting, because a command would have to repeat all its settings. */
function protectCommand({ ledger, orders }: RefundService): string {
  return [ledger, orders]
    .map(
      ({ tableName }) => `aws dynamodb update-table --table-name ${tableName} --deletion-protection-enabled`,
    )
    .join(' && ');
}

function staffOutputs({ staffPool, api }: RefundService): Readonly<Record<string, string>> {
  if (staffPool === undefined) return {};
  const { pool, client, issuer } = staffPool;
  const of = `--user-pool-id ${pool.userPoolId} --username you@shop.example`;
  const attributes = '--user-attributes Name=email,Value=you@shop.example Name=email_verified,Value=true';
  return {
    UserPoolId: pool.userPoolId,
    UserPoolClientId: client.userPoolClientId,
    StaffIssuer: issuer,
    SignInCommand: `npm run --silent refunds -- sign-in --api ${api.apiEndpoint} --issuer ${issuer} --client-id ${client.userPoolClientId}`,
    CreateFirstStaffCommand: `aws cognito-idp admin-create-user ${of} ${attributes} --desired-delivery-mediums EMAIL && aws cognito-idp admin-add-user-to-group ${of} --group-name ${STAFF_GROUP}`,
  };
}

import { STAFF_GROUP } from '../../functions/http/caller.ts';
import type { RefundService } from './refund-service.ts';

/** Everything that the runbook's commands and a first deployment need, so that nobody has to look for a name. */
export function outputsOf(service: RefundService): Readonly<Record<string, string>> {
  const { api, table, iamportSecret, functions, dashboard, alarmTopic, failures, frontDoor } = service;
  const { resolveRefunds, reconcilePayments } = functions;
  const all = Object.values(functions);
  return {
    ApiUrl: api.apiEndpoint,
    WebhookUrl: `${api.apiEndpoint}/webhooks/iamport`,
    ...(frontDoor === undefined ? {} : { FrontDoorUrl: `https://${frontDoor.distributionDomainName}` }),
    ServiceName: service.serviceName,
    TableName: table.tableName,
    SecretArn: iamportSecret.secretArn,
    FillSecretCommand: `aws secretsmanager put-secret-value --secret-id ${iamportSecret.secretArn} --secret-string '{"imp_key":"…","imp_secret":"…"}'`,
    ResolverFunction: `${resolveRefunds.lambda.functionName}:${resolveRefunds.alias.aliasName}`,
    ReconciliationFunction: `${reconcilePayments.lambda.functionName}:${reconcilePayments.alias.aliasName}`,
    FunctionNames: all.map(({ lambda }) => lambda.functionName).join(' '),
    LogGroupNames: all.map(({ logGroup }) => logGroup.logGroupName).join(' '),
    AccessLogName: service.accessLog.logGroupName,
    QuietPeriodSeconds: String(service.quietPeriodSeconds),
    FailuresQueueUrl: failures.queueUrl,
    AlarmTopicArn: alarmTopic.topicArn,
    DashboardName: dashboard.dashboardName,
    ...staffOutputs(service),
  };
}

function staffOutputs({ staffPool }: RefundService): Readonly<Record<string, string>> {
  if (staffPool === undefined) return {};
  const { pool, client, signInUrl, issuer } = staffPool;
  const of = `--user-pool-id ${pool.userPoolId} --username you@shop.example`;
  const attributes = '--user-attributes Name=email,Value=you@shop.example Name=email_verified,Value=true';
  return {
    UserPoolId: pool.userPoolId,
    UserPoolClientId: client.userPoolClientId,
    StaffIssuer: issuer,
    StaffSignInUrl: signInUrl,
    CreateFirstStaffCommand: `aws cognito-idp admin-create-user ${of} ${attributes} && aws cognito-idp admin-add-user-to-group ${of} --group-name ${STAFF_GROUP}`,
  };
}

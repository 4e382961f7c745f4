import { Validations, type Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { ENVIRONMENT } from '../../functions/runtime/environment.ts';
import { RECONCILIATION_TIMEOUT, REQUEST_TIMEOUT, RESOLVER_TIMEOUT } from './budgets.ts';
import { ServiceFunction } from './service-function.ts';
import type { Settings } from './settings.ts';

/** One function a door. The keys are also the values of the metrics' dimension `Function`. */
const DOORS = {
  cancelPayment: { id: 'CancelPayment', entry: 'cancel-payment', description: 'POST /payments/cancel' },
  getPayment: { id: 'GetPayment', entry: 'get-payment', description: 'GET /payments/{merchant_uid}' },
  closeRefund: {
    id: 'CloseRefund',
    entry: 'close-refund',
    description: 'POST /payments/{merchant_uid}/refunds/{refund_id}/close',
  },
  receiveWebhook: {
    id: 'ReceiveWebhook',
    entry: 'receive-webhook',
    description: 'POST /webhooks/iamport',
  },
  resolveRefunds: {
    id: 'ResolveRefunds',
    entry: 'resolve-refunds',
    description: 'Resolves refunds in doubt, every minute',
  },
  reconcilePayments: {
    id: 'ReconcilePayments',
    entry: 'reconcile-payments',
    description: "Compares the table with i'mport, every hour and every night",
  },
} as const;

export type FunctionName = keyof typeof DOORS;
export const FUNCTION_NAMES = Object.keys(DOORS) as readonly FunctionName[];
export type ServiceFunctions = Readonly<Record<FunctionName, ServiceFunction>>;

const TIMEOUTS: Readonly<Partial<Record<FunctionName, Duration>>> = {
  resolveRefunds: RESOLVER_TIMEOUT,
  reconcilePayments: RECONCILIATION_TIMEOUT,
};

export interface ServiceFunctionsProps {
  readonly table: ITable;
  readonly iamportSecret: ISecret;
  readonly settings: Settings;
}

export function serviceFunctions(scope: Construct, props: ServiceFunctionsProps): ServiceFunctions {
  const shared = environmentOf(props);
  const addresses = { [ENVIRONMENT.webhookSourceAddresses]: props.settings.webhookSourceAddresses.join(',') };
  const make = (name: FunctionName): ServiceFunction => {
    const { id, entry, description } = DOORS[name];
    return new ServiceFunction(scope, id, {
      entry,
      description,
      timeout: TIMEOUTS[name] ?? REQUEST_TIMEOUT,
      environment: name === 'receiveWebhook' ? { ...shared, ...addresses } : shared,
      reservedConcurrency: props.settings.concurrency[name],
    });
  };
  const functions: ServiceFunctions = {
    cancelPayment: make('cancelPayment'),
    getPayment: make('getPayment'),
    closeRefund: make('closeRefund'),
    receiveWebhook: make('receiveWebhook'),
    resolveRefunds: make('resolveRefunds'),
    reconcilePayments: make('reconcilePayments'),
  };
  acknowledgeMissingQueues(functions);
  return functions;
}

function environmentOf({ table, iamportSecret, settings }: ServiceFunctionsProps): Record<string, string> {
  return {
    [ENVIRONMENT.tableName]: table.tableName,
    [ENVIRONMENT.secretId]: iamportSecret.secretArn,
    [ENVIRONMENT.apiUrl]: settings.iamportApiUrl,
    [ENVIRONMENT.quietPeriodSeconds]: String(settings.quietPeriodSeconds),
    [ENVIRONMENT.serviceName]: settings.serviceName,
    [ENVIRONMENT.resend]: settings.resend,
    [ENVIRONMENT.pgsThatCheckBalance]: settings.pgsThatCheckBalance.join(','),
    [ENVIRONMENT.pgsThatDropReasons]: settings.pgsThatDropReasons.join(','),
    [ENVIRONMENT.importUnknownPayments]: String(settings.importUnknownPayments),
    [ENVIRONMENT.customersMayRefund]: String(settings.customersMayRefund),
    [ENVIRONMENT.openRefundShards]: String(settings.openRefundShards),
  };
}

function acknowledgeMissingQueues({
  resolveRefunds,
  reconcilePayments,
  ...requests
}: ServiceFunctions): void {
  const answered = 'API Gateway waits for the answer, so a failed request is answered, not queued.';
  for (const { lambda } of Object.values(requests)) {
    Validations.of(lambda).acknowledge({ id: 'Serverless-LambdaDLQ', reason: answered });
  }
  const destination = 'Its alias has a failure destination, which also keeps the reason.';
  for (const { lambda } of [resolveRefunds, reconcilePayments]) {
    Validations.of(lambda).acknowledge({ id: 'Serverless-LambdaDLQ', reason: destination });
  }
}

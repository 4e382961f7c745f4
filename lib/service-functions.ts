import { Validations } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { ENVIRONMENT } from '../functions/runtime/environment.ts';
import { REQUEST_TIMEOUT, RESOLVER_TIMEOUT } from './budgets.ts';
import { ServiceFunction } from './service-function.ts';

/** One function a route, and one for the schedule. */
export type ServiceFunctions = {
  readonly cancelPayment: ServiceFunction;
  readonly getPayment: ServiceFunction;
  readonly receiveWebhook: ServiceFunction;
  readonly resolveRefunds: ServiceFunction;
};

export interface ServiceFunctionsProps {
  readonly table: ITable;
  readonly iamportSecret: ISecret;
  readonly iamportApiUrl: string;
  readonly quietPeriodSeconds: number;
  readonly webhookSourceAddresses: readonly string[];
}

export function serviceFunctions(scope: Construct, props: ServiceFunctionsProps): ServiceFunctions {
  const environment = {
    [ENVIRONMENT.tableName]: props.table.tableName,
    [ENVIRONMENT.secretId]: props.iamportSecret.secretArn,
    [ENVIRONMENT.apiUrl]: props.iamportApiUrl,
    [ENVIRONMENT.quietPeriodSeconds]: String(props.quietPeriodSeconds),
  };
  const addresses = { [ENVIRONMENT.webhookSourceAddresses]: props.webhookSourceAddresses.join(',') };
  const request = { timeout: REQUEST_TIMEOUT, environment };
  const functions: ServiceFunctions = {
    cancelPayment: new ServiceFunction(scope, 'CancelPayment', {
      ...request,
      entry: 'cancel-payment',
      description: 'POST /payments/cancel',
    }),
    getPayment: new ServiceFunction(scope, 'GetPayment', {
      ...request,
      entry: 'get-payment',
      description: 'GET /payments/{merchant_uid}',
    }),
    receiveWebhook: new ServiceFunction(scope, 'ReceiveWebhook', {
      ...request,
      entry: 'receive-webhook',
      description: 'POST /webhooks/iamport',
      environment: { ...environment, ...addresses },
    }),
    resolveRefunds: new ServiceFunction(scope, 'ResolveRefunds', {
      entry: 'resolve-refunds',
      description: 'Resolves refunds in doubt, every minute',
      timeout: RESOLVER_TIMEOUT,
      environment,
    }),
  };
  acknowledgeMissingQueues(functions);
  return functions;
}

function acknowledgeMissingQueues({ resolveRefunds, ...requests }: ServiceFunctions): void {
  const answered = 'API Gateway waits for the answer, so a failed request is answered, not queued.';
  for (const { lambda } of Object.values(requests)) {
    Validations.of(lambda).acknowledge({ id: 'Serverless-LambdaDLQ', reason: answered });
  }
  const destination = 'Its alias has a failure destination, which also keeps the reason.';
  Validations.of(resolveRefunds.lambda).acknowledge({ id: 'Serverless-LambdaDLQ', reason: destination });
}

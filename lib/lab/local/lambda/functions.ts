import type { PaymentsTable } from '../dynamodb/payments-table.ts';
import type { LocalRunOptions, Log } from '../options.ts';
import type { Provider } from '../provider.ts';
import type { Plan } from '../template/plan.ts';
import { functionEnvironment } from './function-environment.ts';
import { createFunctionLog } from './function-log.ts';
import { type LambdaHost, startLambdaHost } from './lambda-host.ts';

export interface FunctionsOptions {
  readonly plan: Plan;
  readonly options: Pick<LocalRunOptions, 'directory' | 'quietPeriodSeconds'>;
  readonly table: PaymentsTable;
  readonly provider: Provider;
  readonly secretsManagerUrl: string;
  readonly log: Log;
}

/** The template's functions, with the addresses of this machine's services. */
export function startFunctions(given: FunctionsOptions): LambdaHost {
  const { plan, options, table, provider, secretsManagerUrl, log } = given;
  const overlay = {
    region: plan.region,
    dynamoDbUrl: table.url,
    secretsManagerUrl,
    iamportUrl: provider.url,
    quietPeriodSeconds: options.quietPeriodSeconds,
    credentials: table.credentials,
  };
  return startLambdaHost({
    functions: plan.functions,
    environmentOf: (functionPlan) => functionEnvironment(functionPlan, overlay),
    log: createFunctionLog(options.directory, (line) => log('function', line)),
  });
}

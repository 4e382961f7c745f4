import type { PaymentsTable } from '../dynamodb/payments-table.ts';
import type { Provider } from '../provider.ts';
import type { HttpServer } from '../http-server.ts';
import type { Plan, SecretPlan } from '../template/plan.ts';
import type { TokenIssuer } from '../token-issuer.ts';
import { quietPeriodSecondsOf } from '../lambda/function-environment.ts';
import type { LocalRunOptions } from '../options.ts';
import type { Control } from './control.ts';

export interface InfoWorld {
  readonly plan: Plan;
  readonly options: Pick<LocalRunOptions, 'quietPeriodSeconds'>;
  readonly table: PaymentsTable;
  readonly provider: Provider;
  readonly url: string;
  readonly secret: SecretPlan;
  readonly secrets: HttpServer;
  readonly issuer: TokenIssuer;
}

/** Where everything is, for scripts and for people; flat, so that a shell can read it. */
export function infoControls({
  plan,
  options,
  table,
  provider,
  url,
  secret,
  secrets,
  issuer,
}: InfoWorld): readonly Control[] {
  const body = {
    stack_name: plan.stackName,
    region: plan.region,
    api_url: url,
    storefront_url: `${url}/`,
    webhook_url: `${url}/webhooks/iamport`,
    iamport_url: provider.url,
    iamport_is_simulator: provider.simulator !== undefined,
    dynamodb_url: table.url,
    table_name: table.plan.name,
    secrets_manager_url: secrets.url,
    secret_name: secret.name,
    secret_arn: secret.arn,
    token_url: `${url}/_local/token`,
    token_issuer: issuer.issuer,
    token_audience: issuer.audience,
    quiet_period_seconds: quietPeriodSecondsOf(plan.functions, options.quietPeriodSeconds),
    jwks_url: `${url}/_local/jwks.json`,
  };
  return [{ route: 'GET /_local', run: () => ({ status: 200, body }) }];
}

import { ENVIRONMENT } from '../../../../functions/runtime/environment.ts';
import type { PaymentsTable } from '../dynamodb/payments-table.ts';
import type { EventBus } from '../events.ts';
import type { GatewayRequest, GatewayResponse } from '../gateway/http.ts';
import type { LambdaHost } from '../lambda/lambda-host.ts';
import type { LocalRunOptions } from '../options.ts';
import type { Provider } from '../provider.ts';
import {
  functionIdOf,
  iamportSecretOf,
  type NamedTables,
  type Plan,
  RECONCILER,
  RESOLVER,
  variableOf,
} from '../template/plan.ts';
import type { TokenIssuer } from '../token-issuer.ts';
import {
  type Control,
  control,
  ControlError,
  type ControlRequest,
  createControls,
  refuseUnknown,
  required,
  runNow,
  Stream,
} from './controls.ts';
import { iamportControls } from './iamport.ts';

/** The parts of a local run that the controls use. */
export interface Parts {
  readonly plan: Plan;
  readonly options: Pick<LocalRunOptions, 'eventsUrl' | 'quietPeriodSeconds'>;
  readonly table: PaymentsTable;
  readonly tables: NamedTables;
  readonly provider: Provider;
  /** Of the local run. */
  readonly url: string;
  readonly secretsUrl: string;
  readonly bus: EventBus;
  /** What events are signed with. */
  readonly eventsSecret: string;
  readonly issuer: TokenIssuer;
  readonly host: LambdaHost;
}

/** Loaded at the first request, so that the start does not wait for the modules. */
const orders = () => import('./orders.ts');

/** All controls of the local run. */
export function startControls(parts: Parts): (request: GatewayRequest) => Promise<GatewayResponse> {
  const { issuer, provider } = parts;
  return createControls([
    control('GET /_local', '', () => addresses(parts)),
    control('POST /_local/token', undefined, ({ fields }) => token(fields(), issuer)),
    control('GET /_local/jwks.json', '', () => issuer.jwks),
    control(
      'POST /_local/payments',
      undefined,
      async ({ fields }) => (await orders()).pay(fields(), parts),
      201,
    ),
    control(
      'POST /_local/orders',
      undefined,
      async ({ fields }) => (await orders()).putOrder(fields(), parts),
      201,
    ),
    control('GET /_local/orders', '', async () => (await orders()).orderList(parts)),
    control('GET /_local/payments/{merchant_uid}/timeline', '', async ({ path }) =>
      (await orders()).timeline(path['merchant_uid'] ?? '', parts),
    ),
    ...runControls(parts),
    ...iamportControls(provider),
  ]);
}

/** Where everything is, for scripts and for people. */
function addresses({ plan, options, table, tables, provider, url, secretsUrl, issuer, eventsSecret }: Parts) {
  const secret = iamportSecretOf(plan);
  return {
    stack: plan.stackName,
    region: plan.region,
    api: url,
    storefront: `${url}/`,
    desk: `${url}/desk/`,
    webhook: `${url}/webhooks/iamport`,
    iamport: provider.url,
    iamport_is_simulator: provider.simulator !== undefined,
    dynamodb: table.url,
    tables: { orders: tables.orders.name, ledger: tables.ledger.name },
    secrets_manager: secretsUrl,
    secret: secret.name,
    secret_arn: secret.arn,
    token: `${url}/_local/token`,
    token_issuer: issuer.issuer,
    token_audience: issuer.audience,
    jwks: `${url}/_local/jwks.json`,
    sign_in: { issuer: `${url}/_local/oidc`, client_id: issuer.audience },
    events: `${url}/_local/events`,
    events_url: options.eventsUrl ?? null,
    events_secret: eventsSecret,
    quiet_period_seconds:
      options.quietPeriodSeconds ?? Number(variableOf(ENVIRONMENT.quietPeriodSeconds, plan)),
  };
}

/** Gives anybody a token for anybody, which is why the local run listens only on the loopback address. */
function token(given: ReturnType<ControlRequest['fields']>, issuer: TokenIssuer): Promise<object> {
  const scope = given.textOr('scope', undefined);
  if (given.value['client_id'] !== undefined) {
    refuseUnknown(given, ['client_id', 'scope']);
    return issuer.issueToMachine({ clientId: required(given, 'client_id'), scope });
  }
  refuseUnknown(given, ['sub', 'groups', 'scope']);
  const groups = given.list('groups').map((group, index) => {
    if (typeof group === 'string' && group !== '') return group;
    throw new ControlError(400, `body.groups[${index}] must be a text that is not empty`);
  });
  return issuer.issue({ sub: required(given, 'sub'), groups, scope });
}

/** The controls that run a function now and answer when it has finished, and the events. */
function runControls({ plan, bus, host }: Parts): readonly Control[] {
  return [
    // All refunds in doubt, due or not.
    control('POST /_local/resolve', undefined, () =>
      runNow(host, functionIdOf(plan, RESOLVER), { all: true }),
    ),
    control('POST /_local/reconcile', 'fromSeconds toSeconds', ({ fields }) => {
      const window = fields().value;
      // As the hourly schedule does.
      const event = Object.keys(window).length > 0 ? window : { window: 'recent' };
      return runNow(host, functionIdOf(plan, RECONCILER), event);
    }),
    control('GET /_local/events', '', ({ accept }) =>
      accept.includes('text/event-stream')
        ? new Stream((write) => bus.follow((event) => write(`data: ${JSON.stringify(event)}\n\n`)))
        : { events: bus.events() },
    ),
    control('POST /_local/events', 'fromSeconds toSeconds cursor', ({ fields }) => {
      const publisher = plan.events?.publisherId;
      if (publisher === undefined) throw new ControlError(409, 'The template has no function that publishes');
      return runNow(host, publisher, fields().value);
    }),
  ];
}

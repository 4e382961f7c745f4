import * as v from 'valibot';

import { ENVIRONMENT } from '../../../../functions/runtime/environment.ts';
import type { PaymentsTable } from '../dynamodb/payments-table.ts';
import { type EventBus, shownOf } from '../events.ts';
import type { GatewayRequest, GatewayResponse } from '../gateway/http.ts';
import { isObject } from '../json.ts';
import type { LambdaHost } from '../lambda/lambda-host.ts';
import type { LocalRunOptions } from '../options.ts';
import type { Provider } from '../provider.ts';
import { functionIdOf, type Plan, RECONCILER, RESOLVER, variableOf } from '../template/plan.ts';
import type { TokenIssuer } from '../token-issuer.ts';
import {
  type Control,
  control,
  createControls,
  FLAG,
  NOTHING,
  NUMBER,
  runNow,
  Stream,
  TEXT,
} from './controls.ts';
import { iamportControls } from './iamport.ts';

/** The parts of a local run that the controls use. */
export interface Parts {
  readonly plan: Plan;
  readonly options: Pick<LocalRunOptions, 'eventsUrl' | 'quietPeriodSeconds'>;
  readonly table: PaymentsTable;
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

/** Gives anybody a token for anybody, which is why the local run listens only on the loopback address. */
const SCOPE = v.optional(v.string('must be a text'));
const MACHINE = v.strictObject({ client_id: TEXT, scope: SCOPE });
const PERSON = v.strictObject({ sub: TEXT, groups: v.optional(v.array(TEXT)), scope: SCOPE });
const TOKEN = v.lazy((given) => (isObject(given) && 'client_id' in given ? MACHINE : PERSON));
/** The simulator checks its fields. */
const PAYMENT = v.looseObject({
  customer_id: v.optional(TEXT),
  ledger: v.optional(FLAG, true),
  order: v.optional(FLAG, true),
});
export type PaymentFields = v.InferOutput<typeof PAYMENT>;
/** The order item of any shop: only its key has a rule. */
const ORDER = v.looseObject({ merchant_uid: v.pipe(TEXT, v.maxBytes(2_048, 'must have 1 to 2048 bytes')) });

/** All controls of the local run. */
export function startControls(parts: Parts): (request: GatewayRequest) => Promise<GatewayResponse> {
  const { issuer, provider } = parts;
  return createControls([
    control('GET /_local', NOTHING, () => addresses(parts)),
    control('POST /_local/token', TOKEN, ({ body }) =>
      'client_id' in body ? issuer.issueToMachine(body) : issuer.issue(body),
    ),
    control('GET /_local/jwks.json', NOTHING, () => issuer.jwks),
    control('POST /_local/payments', PAYMENT, async ({ body }) => (await orders()).pay(body, parts), 201),
    control('POST /_local/orders', ORDER, async ({ body }) => (await orders()).putOrder(body, parts), 201),
    control('GET /_local/orders', NOTHING, async () => (await orders()).orderList(parts)),
    control('GET /_local/payments/{merchant_uid}/timeline', NOTHING, async ({ path }) =>
      (await orders()).timeline(path['merchant_uid'] ?? '', parts),
    ),
    ...runControls(parts),
    ...iamportControls(provider),
  ]);
}

/** Where everything is, for scripts and for people. */
function addresses({ plan, options, table, provider, url, secretsUrl, issuer, eventsSecret }: Parts) {
  const { secret, tables } = plan;
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
    tables: { orders: tables.orders.TableName, ledger: tables.ledger.TableName },
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

const WINDOW = { fromSeconds: v.exactOptional(NUMBER), toSeconds: v.exactOptional(NUMBER) };

/** The controls that run a function now and answer when it has finished, and the events. */
function runControls({ plan, bus, host }: Parts): readonly Control[] {
  return [
    // All refunds in doubt, due or not.
    control('POST /_local/resolve', v.unknown(), () =>
      runNow(host, functionIdOf(plan, RESOLVER), { all: true }),
    ),
    control('POST /_local/reconcile', v.strictObject(WINDOW), ({ body }) => {
      // As the hourly schedule does.
      const event = Object.keys(body).length > 0 ? body : { window: 'recent' };
      return runNow(host, functionIdOf(plan, RECONCILER), event);
    }),
    control('GET /_local/events', NOTHING, ({ accept }) =>
      accept.includes('text/event-stream')
        ? new Stream((write) => bus.follow((event) => write(`data: ${JSON.stringify(shownOf(event))}\n\n`)))
        : { events: bus.events() },
    ),
    control(
      'POST /_local/events',
      v.strictObject({ ...WINDOW, cursor: v.exactOptional(v.unknown()) }),
      ({ body }) => runNow(host, plan.events.publisherId, body),
    ),
  ];
}

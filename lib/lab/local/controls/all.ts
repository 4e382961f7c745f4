import type { PaymentsTable } from '../dynamodb/payments-table.ts';
import type { GatewayRequest, GatewayResponse } from '../gateway/http.ts';
import type { EventBus } from '../events.ts';
import type { HttpServer } from '../http-server.ts';
import { parseJson } from '../json.ts';
import { quietPeriodSecondsOf } from '../lambda/function-environment.ts';
import type { InvocationResult, LambdaHost } from '../lambda/lambda-host.ts';
import type { LocalRunOptions } from '../options.ts';
import type { Provider } from '../provider.ts';
import type { Scheduler } from '../scheduler.ts';
import {
  functionIdOf,
  type NamedTables,
  type Plan,
  RECONCILER,
  RESOLVER,
  type SecretPlan,
} from '../template/plan.ts';
import type { TokenIssuer } from '../token-issuer.ts';
import {
  type Control,
  type ControlAnswer,
  ControlError,
  createControls,
  refuseUnknown,
  required,
} from './controls.ts';
import { iamportControls } from './iamport.ts';

export interface ControlsWorld {
  readonly plan: Plan;
  readonly options: Pick<LocalRunOptions, 'eventsUrl' | 'quietPeriodSeconds'>;
  readonly table: PaymentsTable;
  readonly tables: NamedTables;
  readonly provider: Provider;
  /** Of the local run. */
  readonly url: string;
  readonly secret: SecretPlan;
  readonly secrets: HttpServer;
  readonly bus: EventBus;
  /** What events are signed with. */
  readonly eventsSecret: string;
  readonly issuer: TokenIssuer;
  readonly host: LambdaHost;
  readonly scheduler: Scheduler;
}

/** All controls of the local run. */
export function startControls(world: ControlsWorld): (request: GatewayRequest) => Promise<GatewayResponse> {
  const { plan, table, tables, provider, issuer, host, scheduler } = world;
  const resolver = (): string => functionIdOf(plan, RESOLVER);
  const reconciler = (): string => functionIdOf(plan, RECONCILER);
  return createControls([
    infoControl(world),
    ...tokenControls(issuer),
    ...later(['POST /_local/payments', 'POST /_local/orders', 'GET /_local/orders'], async () => {
      const { shopControls } = await import('./shop.ts');
      return shopControls({ client: table.client, tables, provider, api: plan.api, host });
    }),
    ...later(['GET /_local/payments/{merchant_uid}/timeline'], async () => {
      const { ledgerControls, ledgerIn } = await import('./ledger.ts');
      return ledgerControls(ledgerIn(table.client, tables));
    }),
    ...runControls({ host, scheduler, resolver, reconciler }),
    ...eventControls(world),
    ...iamportControls(provider),
  ]);
}

/** The same controls, loaded at the first request, so that the start does not wait for their modules. */
function later(routes: readonly string[], load: () => Promise<readonly Control[]>): readonly Control[] {
  let loaded: Promise<readonly Control[]> | undefined;
  return routes.map((route) => ({
    route,
    run: async (request) => {
      loaded ??= load();
      const control = (await loaded).find((each) => each.route === route);
      if (control === undefined) throw new Error(`Bug: nothing of what was loaded is ${route}`);
      return control.run(request);
    },
  }));
}

/** Where everything is, for scripts and for people. */
function infoControl({
  plan,
  options,
  table,
  tables,
  provider,
  url,
  secret,
  secrets,
  issuer,
  eventsSecret,
}: ControlsWorld): Control {
  const body = {
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
    secrets_manager: secrets.url,
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
    quiet_period_seconds: quietPeriodSecondsOf(plan.functions, options.quietPeriodSeconds),
  };
  return { route: 'GET /_local', run: () => ({ status: 200, body }) };
}

/** Gives anybody a token for anybody, which is why the local run listens only on the loopback address. */
function tokenControls(issuer: TokenIssuer): readonly Control[] {
  return [
    {
      route: 'POST /_local/token',
      run: async ({ fields }) => {
        const given = fields();
        const scope = given.textOr('scope', undefined);
        if (given.value['client_id'] !== undefined) {
          refuseUnknown(given, ['client_id', 'scope']);
          return {
            status: 200,
            body: await issuer.issueToMachine({ clientId: required(given, 'client_id'), scope }),
          };
        }
        refuseUnknown(given, ['sub', 'groups', 'scope']);
        const groups = given.list('groups').map((group, index) => {
          if (typeof group === 'string' && group !== '') return group;
          throw new ControlError(400, `body.groups[${index}] must be a text that is not empty`);
        });
        return { status: 200, body: await issuer.issue({ sub: required(given, 'sub'), groups, scope }) };
      },
    },
    { route: 'GET /_local/jwks.json', run: () => ({ status: 200, body: issuer.jwks }) },
  ];
}

/** Lists the events of the bus, and sends events again. */
function eventControls({ plan, bus, host, scheduler }: ControlsWorld): readonly Control[] {
  return [
    {
      route: 'GET /_local/events',
      run: ({ accept }) =>
        accept.includes('text/event-stream')
          ? {
              status: 200,
              body: '',
              follow: (write) => bus.follow((event) => write(`data: ${JSON.stringify(event)}\n\n`)),
            }
          : { status: 200, body: { events: bus.events() } },
    },
    {
      route: 'POST /_local/events',
      run: async ({ fields }) => {
        const given = fields();
        refuseUnknown(given, ['fromSeconds', 'toSeconds', 'cursor']);
        const publisher = plan.events?.publisherId;
        if (publisher === undefined)
          throw new ControlError(409, 'The template has no function that publishes');
        return runNow({ host, scheduler }, publisher, given.value);
      },
    },
  ];
}

export interface RunsWorld {
  readonly host: LambdaHost;
  readonly scheduler: Scheduler;
  /** Logical ids of the functions. @throws LocalRunError where the template has none */
  readonly resolver: () => string;
  readonly reconciler: () => string;
}

/** The event for all refunds in doubt, due or not. */
const EVERYTHING = { all: true };
/** The event of the hourly schedule. */
const RECENT = { window: 'recent' };

/** Runs a scheduled function now, and answers when it has finished. */
export function runControls({ host, scheduler, resolver, reconciler }: RunsWorld): readonly Control[] {
  const run = async (functionId: string, event: object): Promise<ControlAnswer> =>
    runNow({ host, scheduler }, functionId, event);
  return [
    { route: 'POST /_local/resolve', run: () => run(resolver(), EVERYTHING) },
    {
      route: 'POST /_local/reconcile',
      run: ({ fields }) => {
        const given = fields();
        refuseUnknown(given, ['fromSeconds', 'toSeconds']);
        const isAsked = Object.keys(given.value).length > 0;
        return run(reconciler(), isAsked ? given.value : RECENT);
      },
    },
  ];
}

async function runNow(
  { host, scheduler }: Pick<RunsWorld, 'host' | 'scheduler'>,
  functionId: string,
  event: object,
): Promise<ControlAnswer> {
  const invoke = (): Promise<InvocationResult> => host.invoke(functionId, JSON.stringify(event));
  let result = await invoke();
  if (result.kind === 'throttled') {
    // A scheduled run uses the only execution environment.
    await scheduler.idle();
    result = await invoke();
  }
  if (result.kind === 'returned') return { status: 200, body: parseJson(result.payload) };
  if (result.kind === 'throttled') throw new ControlError(503, `${functionId} is busy: ask again`);
  if (result.errorType === 'ReconciliationWindowError')
    throw new ControlError(400, `body.${result.errorMessage}`);
  throw new ControlError(500, `${functionId} failed: ${result.errorType}: ${result.errorMessage}`);
}

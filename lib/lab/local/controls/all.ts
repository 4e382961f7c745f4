import type { GatewayRequest, GatewayResponse } from '../gateway/http.ts';
import type { LambdaHost } from '../lambda/lambda-host.ts';
import type { Scheduler } from '../scheduler.ts';
import { functionIdOf, RECONCILER, RESOLVER } from '../template/functions.ts';
import { createControls } from './controls.ts';
import { iamportControls } from './iamport.ts';
import { infoControls, type InfoWorld } from './info.ts';
import { later } from './later.ts';
import { orderControls } from './orders.ts';
import { paymentControls } from './payments.ts';
import { runControls } from './runs.ts';
import { createShopItems } from './shop-items.ts';
import { tokenControls } from './tokens.ts';

export interface ControlsWorld extends InfoWorld {
  readonly host: LambdaHost;
  readonly scheduler: Scheduler;
}

/** All controls of the local run. */
export function startControls(world: ControlsWorld): (request: GatewayRequest) => Promise<GatewayResponse> {
  const { plan, table, provider, issuer, host, scheduler } = world;
  const items = createShopItems(table.client, table.plan.name);
  const resolver = (): string => functionIdOf(plan, RESOLVER);
  const reconciler = (): string => functionIdOf(plan, RECONCILER);
  return createControls([
    ...infoControls(world),
    ...tokenControls(issuer),
    ...paymentControls(provider, items),
    ...orderControls(items),
    ...later(['GET /_local/payments/{merchant_uid}/timeline'], async () => {
      const { timelineControls } = await import('./timeline.ts');
      return timelineControls(table.client, table.plan.name);
    }),
    ...later(['GET /_local/orders', 'GET /_local/reconciliation'], async () => {
      const { shopPageControls } = await import('./shop-pages.ts');
      return shopPageControls(table.client, table.plan.name);
    }),
    ...runControls({ host, scheduler, resolver, reconciler }),
    ...iamportControls(provider),
  ]);
}

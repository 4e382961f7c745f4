import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Service, type Told } from '../support/service.ts';
import { WAYS } from '../support/strangers.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
  await service.order('theirs');
  service.simulator.addPayment({
    imp_uid: 'imp_unreadable',
    merchant_uid: 'unreadable',
    amount: 1,
    currency: 'XBT',
  });
  await service.putOrder('unreadable');
  service.simulator.addPayment({ imp_uid: 'imp_nameless', merchant_uid: 'nameless', amount: 1 });
  await service.putOrder('nameless');
  const nameless = { on: 'payment', fault: 'field_value', field: 'imp_uid', value: null } as const;
  service.simulator.script([{ ...nameless, imp_uid: 'imp_nameless', until_cleared: true }]);
});
afterAll(async () => service.end());

/**
 * The requests that one request caused. They determine its duration: equal numbers of equal requests take equally long (`npm
 * run bench -- strangers` has the times).
 */
async function askedBy(request: () => Promise<unknown>, name: string): Promise<readonly string[]> {
  const actions = service.actions.length;
  const { length } = service.simulator.requests;
  await request();
  return [
    ...service.actions.slice(actions),
    ...service.simulator.requests
      .slice(length)
      .map(({ method, path }) => `${method} ${path.replaceAll(name, '…')}`),
  ];
}

/** Everything of an answer that a caller can see. */
function seen({ status, headers, text }: Told): unknown {
  return { status, headers, text };
}

/** An order of somebody else, and two orders whose payment at i'mport is unreadable. */
const THEIRS = ['theirs', 'unreadable', 'nameless'];

describe.each(WAYS)('%s: an unknown order and somebody else’s', (_way, askAt) => {
  const ask = async (name: string): Promise<Told> => askAt(service, name);

  it.each(THEIRS)('both have the same status, headers and body: %s', async (name) => {
    const unknown = await ask('unknown');
    expect(unknown.status).toBe(404);
    expect(seen(await ask(name))).toEqual(seen(unknown));
  });

  it.each(THEIRS)(
    'both cause the same requests to table and provider, in the same order: %s',
    async (name) => {
      // The very first look-up may fetch a token, later ones do not.
      await ask('unknown');
      const unknown = await askedBy(() => ask('unknown'), 'unknown');
      expect(unknown.length).toBeGreaterThan(0);
      expect(await askedBy(() => ask(name), name)).toEqual(unknown);
    },
  );
});

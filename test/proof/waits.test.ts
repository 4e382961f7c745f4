import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { cancelPayment } from '../../functions/protocol/cancel.ts';
import { ledgerOn } from '../../functions/ledger/ledger.ts';
import { fromPath, Run } from '../support/explorer.ts';
import { ORDER, ProtocolWorld, requestOf } from '../support/protocol-world.ts';

/** A look at the provider takes longer than a read of the table: two rounds. */
const ROUNDS_OF_A_LOOK = 2;

it('a refund waits for table and provider four times in a row, and asks nothing twice; the owner is read during the look', async () => {
  const run = new Run(fromPath([]), 0);
  const world = new ProtocolWorld(run, { sends: ['answered'], misfortunes: 0 });
  run.isOver = true;
  await world.begin();
  let waiting: { readonly label: string; rounds: number; readonly go: () => void }[] = [];
  const wait = async <T>(label: string, work: () => Promise<T>): Promise<T> => {
    const rounds = label === 'look' ? ROUNDS_OF_A_LOOK : 1;
    await new Promise<void>((go) => waiting.push({ label, rounds, go }));
    return work();
  };
  const calm = world.as('caller');
  const { table } = world;
  const ledger = ledgerOn({
    get: async (key) => wait('get', async () => table.get(key)),
    query: async (query) => wait('payments', async () => table.query(query)),
    transact: async (write) => wait(write.what, async () => table.transact(write)),
    change: async (what, update) => wait(what, async () => table.change(what, update)),
  });
  const orders = { order: async (name: string) => wait('order', async () => calm.orders.order(name)) };
  const gateway = {
    ...calm.gateway,
    payment: async (...given: Parameters<typeof calm.gateway.payment>) =>
      wait('look', async () => calm.gateway.payment(...given)),
    cancel: async (...given: Parameters<typeof calm.gateway.cancel>) =>
      wait('cancel', async () => calm.gateway.cancel(...given)),
  };
  const rounds: (readonly string[])[] = [];
  const ended: string[] = [];
  const request = requestOf({ merchantUid: ORDER }, 'a', 2);
  void cancelPayment(request, world.nowMs + 28_000, { ...calm, ledger, orders, gateway }).then((result) =>
    ended.push(result.kind),
  );
  while (ended.length === 0) {
    await setImmediate();
    if (waiting.length > 0) rounds.push(waiting.map(({ label }) => label).toSorted());
    for (const each of waiting) each.rounds -= 1;
    const ready = waiting.filter((each) => each.rounds === 0);
    waiting = waiting.filter((each) => each.rounds > 0);
    for (const { go } of ready) go();
  }
  expect(rounds).toEqual([
    ['order', 'payments'],
    ['claim', 'look'],
    ['look', 'order'],
    ['cancel'],
    ['finish'],
  ]);
});

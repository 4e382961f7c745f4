import { describe, expect, it } from 'vitest';
import { ORDER } from '../../support/samples.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

/** The shop decides in a back end of its own: its customers may not refund here. */
function strict(): ScriptedWorld {
  const world = new ScriptedWorld();
  world.settings = { ...world.settings, customersMayRefund: false };
  return world;
}

const onTheirOwn = { actor: { kind: 'staff', sub: 'customer' } } as const;

describe('where only staff may refund', () => {
  it('staff may refund what is others’', async () => {
    expect(await strict().told({ actor: { kind: 'staff', sub: 'staff' } })).toBe('200');
  });

  it.each([
    ['a customer', {}],
    ['staff on an order of their own, who act as its customer', onTheirOwn],
    ['the same by imp_uid', { ...onTheirOwn, impUid: `imp_${ORDER}` }],
  ])('nothing is sent for %s', async (_who, request) => {
    const world = strict();
    expect(await world.told(request)).toBe('FORBIDDEN');
    expect(world.sent).toEqual([]);
  });

  it('nor for staff whose own order i’mport says it is', async () => {
    const world = strict();
    world.provider = { ...world.provider, impUid: 'imp_new', merchantUid: 'new', customerId: 'customer' };
    expect(await world.told({ ...onTheirOwn, merchantUid: 'new' })).toBe('FORBIDDEN');
    expect(world.sent).toEqual([]);
  });
});

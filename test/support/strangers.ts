import type { Service, Told } from './service.ts';

const STRANGER = { sub: 'stranger' };

/** What somebody may ask of an order, by its name, that is not theirs. */
export const WAYS: readonly (readonly [
  way: string,
  ask: (service: Service, name: string) => Promise<Told>,
])[] = [
  ['cancel by order number', async (service, name) => service.cancel({ merchant_uid: name }, STRANGER)],
  ['cancel by imp_uid', async (service, name) => service.cancel({ imp_uid: `imp_${name}` }, STRANGER)],
  ['read', async (service, name) => service.get(name, STRANGER)],
];

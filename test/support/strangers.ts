import type { Service, Told } from './service.ts';

const STRANGER = { sub: 'stranger' };

/** The requests that a stranger may make about an order, by its name. */
export const WAYS: readonly (readonly [
  way: string,
  ask: (service: Service, name: string) => Promise<Told>,
])[] = [
  ['cancel by order number', async (service, name) => service.cancel({ merchant_uid: name }, STRANGER)],
  ['cancel by imp_uid', async (service, name) => service.cancel({ imp_uid: `imp_${name}` }, STRANGER)],
  ['read', async (service, name) => service.get(name, STRANGER)],
];

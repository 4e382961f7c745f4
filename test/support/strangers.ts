import type { Service, Told } from './service.ts';

/** A new one for each request: the limit of look-ups a minute would end them before the provider is asked. */
let strangers = 0;
function stranger() {
  strangers += 1;
  return { sub: `stranger-${strangers}` };
}

/** The requests that a stranger may make about an order, by its name. */
export const WAYS: readonly (readonly [
  way: string,
  ask: (service: Service, name: string) => Promise<Told>,
])[] = [
  ['cancel by order number', async (service, name) => service.cancel({ merchant_uid: name }, stranger())],
  ['cancel by imp_uid', async (service, name) => service.cancel({ imp_uid: `imp_${name}` }, stranger())],
  ['read', async (service, name) => service.get(name, stranger())],
];

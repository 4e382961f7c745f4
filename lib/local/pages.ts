import type { GatewayResponse } from './gateway/http.ts';
import { storefront } from './storefront/server.ts';

/** Answers a request for a page of the demonstration, or undefined. */
export type Pages = (request: {
  readonly method: string;
  readonly path: string;
}) => GatewayResponse | undefined;

export async function loadPages(): Promise<Pages> {
  return storefront();
}

import type { GatewayResponse } from './gateway/http.ts';

/** Answers a request for a page of the demonstration, or undefined. */
export type Pages = (request: {
  readonly method: string;
  readonly path: string;
}) => Promise<GatewayResponse | undefined>;

type Storefront = Awaited<ReturnType<typeof import('../shop/server.ts').storefront>>;

/** Bundles the pages when the first of them is asked for: a start that only serves the API does not wait for them. */
export function createPages(): Pages {
  let made: Promise<Storefront> | undefined;
  return async (request) => {
    made ??= import('../shop/server.ts').then(({ storefront }) => storefront());
    const find = await made.catch((error: unknown) => {
      // Somebody who works on a page mends it and asks again.
      made = undefined;
      throw error;
    });
    return find(request);
  };
}

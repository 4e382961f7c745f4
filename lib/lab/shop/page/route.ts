/** Each thing has an address of its own, so that a reload, a bookmark and "back" find it again. */
export type Route =
  | { readonly page: 'orders' }
  | { readonly page: 'order'; readonly order: string; readonly impUid: string | undefined }
  | { readonly page: 'reconciliation' };

export function routeOf({ pathname, search }: Pick<Location, 'pathname' | 'search'>): Route {
  const [, first, second = ''] = pathname.split('/');
  if (first === 'reconciliation') return { page: 'reconciliation' };
  if (first !== 'orders' || second === '') return { page: 'orders' };
  const impUid = new URLSearchParams(search).get('imp_uid') ?? undefined;
  return { page: 'order', order: decoded(second), impUid };
}

export function orderAddress(order: string, impUid?: string): string {
  const query = impUid === undefined ? '' : `?imp_uid=${encodeURIComponent(impUid)}`;
  return `/orders/${encodeURIComponent(order)}${query}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

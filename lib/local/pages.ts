import { existsSync } from 'node:fs';
import type { GatewayResponse } from './gateway/http.ts';
import { isObject } from './json.ts';

/** Answers a request for a page of the demonstration, or undefined. */
export type Pages = (request: {
  readonly method: string;
  readonly path: string;
}) => GatewayResponse | undefined;

export async function loadPages(): Promise<Pages> {
  const address = new URL('storefront/server.ts', import.meta.url);
  const loaded: unknown = existsSync(address) ? await import(address.href) : undefined;
  const storefront = isObject(loaded) ? loaded['storefront'] : undefined;
  return isStorefront(storefront) ? storefront() : plainPage;
}

function isStorefront(value: unknown): value is () => Promise<Pages> {
  return typeof value === 'function';
}

function plainPage({ path }: { readonly path: string }): GatewayResponse | undefined {
  return path === '/'
    ? {
        status: 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: '<!doctype html><title>iamport-refunds</title><p>iamport-refunds, local run: <a href="/_local">addresses</a>',
      }
    : undefined;
}

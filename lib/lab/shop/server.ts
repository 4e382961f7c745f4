import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { apiPage } from './api-page.ts';

interface Page {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path(entry)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** Nothing but this page's own files: data that got into the page could load nothing from elsewhere. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'";

function page(type: string, body: string): Page {
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache',
  };
  return { status: 200, headers, body };
}

/** One sheet, made of a file a subject; their numbers are the order in which they count. */
async function styles(): Promise<string> {
  const names = (await readdir(path('styles'))).filter((name) => name.endsWith('.css')).toSorted();
  return (await Promise.all(names.map(async (name) => readFile(path(`styles/${name}`), 'utf8')))).join('\n');
}

/** Every page of the shop is the same document, which reads its own address: a reload finds it again. */
function isPageOfShop(asked: string): boolean {
  return asked === '/reconciliation' || /^\/orders\/[^/]+$/.test(asked);
}

/** The demo shop, the browser client as one file, and the description of the API. */
export async function storefront(): Promise<
  (request: { readonly method: string; readonly path: string }) => Page | undefined
> {
  const [html, css, script, client, openApi] = await Promise.all([
    readFile(path('page.html'), 'utf8'),
    styles(),
    bundle('page/main.ts'),
    bundle('../../browser/refund-client.ts'),
    readFile(path('../../openapi/openapi.json'), 'utf8'),
  ]);
  const pages = new Map([
    ['/', page('text/html', html)],
    ['/storefront.css', page('text/css', css)],
    ['/storefront.js', page('text/javascript', script)],
    ['/refund-client.js', page('text/javascript', client)],
    ['/docs', page('text/html', apiPage(openApi))],
    ['/openapi.json', page('application/json', openApi)],
  ]);
  return ({ method, path: asked }) => {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    return pages.get(isPageOfShop(asked) ? '/' : asked);
  };
}

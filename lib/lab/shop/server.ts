import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

interface Page {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Only this server's own files: injected data could load nothing from elsewhere. */
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

async function read(file: string): Promise<string> {
  return readFile(fileURLToPath(import.meta.resolve(file)), 'utf8');
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(import.meta.resolve(entry))],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

const API_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>API of iamport-refunds</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <script defer src="/docs/swagger-ui-bundle.js"></script>
    <script defer src="/docs/start.js"></script>
  </head>
  <body id="api"></body>
</html>`;
const START_API_PAGE = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null });`;

/** The demo shop, the browser client as one file, and the description of the API. */
export async function storefront(): Promise<
  (request: { readonly method: string; readonly path: string }) => Page | undefined
> {
  const [html, css, pico, shop, client, openApi, viewer, viewerCss] = await Promise.all([
    read('./page.html'),
    bundle('./shop.css'),
    read('@picocss/pico/css/pico.classless.min.css'),
    bundle('./main.ts'),
    bundle('../../client/refund-client.ts'),
    read('../../openapi/openapi.json'),
    read('swagger-ui-dist/swagger-ui-bundle.js'),
    read('swagger-ui-dist/swagger-ui.css'),
  ]);
  const pages = new Map([
    ['/', page('text/html', html)],
    ['/pico.css', page('text/css', pico)],
    ['/shop.css', page('text/css', css)],
    ['/shop.js', page('text/javascript', shop)],
    ['/refund-client.js', page('text/javascript', client)],
    ['/openapi.json', page('application/json', openApi)],
    ['/docs', page('text/html', API_PAGE)],
    ['/docs/start.js', page('text/javascript', START_API_PAGE)],
    ['/docs/swagger-ui-bundle.js', page('text/javascript', viewer)],
    ['/docs/swagger-ui.css', page('text/css', viewerCss)],
  ]);
  return ({ method, path: asked }) => {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    // The page of an order is the same document, which reads its own address.
    return pages.get(/^\/orders\/[^/]+$/.test(asked) ? '/' : asked);
  };
}

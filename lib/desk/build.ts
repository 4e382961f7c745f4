import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** A placeholder in the content security policy of index.html; the server of the page replaces it by the called origins. */
export const CONNECT_SRC = '__CONNECT_SRC__';

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/**
 * The desk's static files by name. The page also loads `desk.json`: `{api, issuer, client_id, scope, audience?}`,
 * addresses absolute or relative to the page.
 */
export function deskFiles(): ReadonlyMap<string, Uint8Array> {
  const { outputFiles } = buildSync({
    entryPoints: [path('desk.ts'), path('desk.css')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    outdir: '/',
    write: false,
  });
  return new Map([
    ['index.html', readFileSync(path('page.html'))],
    ...outputFiles.map((file) => [file.path.replace(/^.*[/\\]/, ''), file.contents] as const),
  ]);
}

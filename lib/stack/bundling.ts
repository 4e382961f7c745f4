import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

/** A file of the project, wherever it is installed. */
export function projectFile(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url));
}

/**
 * What stands in the bundles for a package of the SDK or a module of node's: parts that are never reached cost a cold
 * start all the same. `leaner-files.ts` has what stands for single files.
 */
export const STAND_INS = {
  '@aws-sdk/credential-provider-node': projectFile('functions/sdk/environment-credentials.ts'),
  '@aws-sdk/middleware-endpoint-discovery': projectFile('functions/sdk/plain-client.ts'),
  'node:http': projectFile('functions/runtime/built-ins.ts'),
  'node:process': projectFile('functions/runtime/built-ins.ts'),
  'node:util': projectFile('functions/runtime/built-ins.ts'),
} as const;

/** Likewise for what the platform itself brings along: `functions/runtime/web-classes.ts` says why. */
export const GLOBAL_STAND_INS: Readonly<Record<string, string>> = {
  'globalThis.Headers': 'LeanHeaders',
  'globalThis.Request': 'LeanRequest',
  'globalThis.Response': 'LeanResponse',
  'globalThis.FormData': 'undefined',
  'globalThis.ReadableStream': 'undefined',
};
/** Where those names come from. */
export const INJECTED = [projectFile('functions/runtime/web-classes.ts')] as const;

export const TARGET = 'node24';

/** How a function is bundled, and whatever is measured against one. */
export const AS_A_FUNCTION = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: TARGET,
  // The module form first: of it, what nobody imports is left out.
  mainFields: ['module', 'main'],
  // Korean is as short as it is only as itself; as escapes it takes twice the room.
  charset: 'utf8',
  minify: true,
} satisfies BuildOptions;

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Plugin } from 'esbuild';
import { projectFile } from './bundling.ts';
import type { Leaner } from './leaner-files.ts';

const OF_THE_SDK = /node_modules[\\/]((?:@aws-sdk|@smithy|@aws)[\\/].*)$/;

/**
 * The SDK without what Lambda and these two services never reach. A file that is another than was read, or that is not
 * there any more, fails the bundling. With `keepUnknown` it is bundled as it is instead: larger, and as right.
 */
export function leanSdk(
  leaner: readonly Leaner[],
  { keepUnknown }: { readonly keepUnknown: boolean },
): Plugin {
  return {
    name: 'lean-sdk',
    setup(build) {
      const missed = new Map(leaner.map((each) => [each.file, each]));
      build.onLoad({ filter: OF_THE_SDK }, async ({ path: file }) => {
        const name = OF_THE_SDK.exec(file)?.[1]?.replaceAll('\\', '/') ?? '';
        const found = leaner.find((each) => each.file === name);
        if (found === undefined) return undefined;
        const text = await readFile(file, 'utf8');
        const sha256 = createHash('sha256').update(text).digest('hex');
        missed.delete(name);
        if (!sha256.startsWith(found.sha256)) {
          return keepUnknown
            ? undefined
            : { errors: [{ text: `${name} has changed (SHA-256 ${sha256}): ${ADVICE}` }] };
        }
        return { contents: contentsOf(found, text), resolveDir: path.dirname(file), loader: loaderOf(name) };
      });
      build.onEnd(() => {
        if (keepUnknown) return {};
        return {
          errors: [...missed.keys()].map((name) => ({ text: `${name} is not bundled any more: ${ADVICE}` })),
        };
      });
    },
  };
}

const ADVICE = 'see whether what lean-sdk.ts says of it still holds';

function contentsOf({ becomes }: Leaner, text: string): string {
  if (typeof becomes !== 'string') return becomes(text);
  return `export * from ${JSON.stringify(projectFile(becomes))};`;
}

function loaderOf(name: string): 'json' | 'js' {
  return name.endsWith('.json') ? 'json' : 'js';
}

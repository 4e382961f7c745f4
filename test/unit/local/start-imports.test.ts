import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The modules that `bin/local.ts` loads before it reports that it is ready. */
const LOADED = ['bin/local.ts', 'lib/lab/local/runner.ts', 'lib/lab/local/demonstration.ts'];

/** Files and packages that a start loads, each with its importer; type imports are not loaded. */
function loadedBy(entries: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map(entries.map((entry) => [entry, '']));
  for (const file of found.keys()) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/^(?:import|export) (?!type\b)[^;]*?from '([^']+)'/gms)) {
      const imported = name.startsWith('.') ? path.join(path.dirname(file), name) : name;
      if (!found.has(imported)) found.set(imported, file);
    }
  }
  return found;
}

describe('npm start', () => {
  const loaded = loadedBy(LOADED);

  it('npm start loads the table and the simulator', () => {
    expect(loaded.get('lib/lab/simulator/server.ts')).toBeDefined();
    expect(loaded.get('@aws-sdk/client-dynamodb')).toBeDefined();
  });

  it.each(['functions/ledger/ledger.ts', 'lib/lab/shop/server.ts', 'esbuild', 'aws-cdk-lib', 'valibot'])(
    'npm start does not load %s, which only a page, a synthesis or a control needs',
    (later) => {
      expect(loaded.get(later)).toBeUndefined();
    },
  );
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What stands first in `bin/local.ts`, and what it loads before it says that it is ready. */
const LOADED = ['bin/local.ts', 'lib/lab/local/runner.ts', 'lib/lab/local/demonstration.ts'];

/** Files and packages that a start loads, each with the one that imports it; types are not loaded. */
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

  it('loads the table and the simulator', () => {
    expect(loaded.get('lib/lab/simulator/server.ts')).toBeDefined();
    expect(loaded.get('@aws-sdk/client-dynamodb')).toBeDefined();
  });

  // An import of it makes node load the client of fetch, a tenth of a start: see lib/lab/local/http-server.ts.
  it('takes what it needs of node:http without an import', () => {
    expect(loaded.get('node:http')).toBeUndefined();
  });

  it.each(['functions/ledger/ledger.ts', 'lib/lab/shop/server.ts', 'esbuild', 'aws-cdk-lib', 'valibot'])(
    'does not wait for %s, which only a page, a synthesis or a control needs',
    (later) => {
      expect(loaded.get(later)).toBeUndefined();
    },
  );
});

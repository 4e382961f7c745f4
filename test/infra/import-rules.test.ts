import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Source {
  readonly file: string;
  readonly lines: number;
  /** Project files by their path from the root, packages by their name. */
  readonly imports: readonly string[];
}

function sourcesIn(folder: string): readonly Source[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const file = path.join(folder, name);
      const text = readFileSync(path.join(ROOT, file), 'utf8');
      const named = [...text.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'|import\('([^']+)'\)/gms)].map(
        ([, a, b]) => a ?? b ?? '',
      );
      const imports = named.map((name_) =>
        name_.startsWith('.') ? path.join(path.dirname(file), name_) : name_,
      );
      return { file, lines: text.split('\n').length - 1, imports };
    });
}

const [functions, lib, bin, test] = ['functions', 'lib', 'bin', 'test'].map(sourcesIn);

function offences(sources: readonly Source[] | undefined, forbidden: RegExp): readonly string[] {
  return (sources ?? []).flatMap(({ file, imports }) =>
    imports.filter((each) => forbidden.test(each)).map((each) => `${file} imports ${each}`),
  );
}

describe('imports go one way', () => {
  it('from bin to lib to functions, and never back', () => {
    expect(functions?.length).toBeGreaterThan(30);
    expect(offences(functions, /^(lib|bin|test)\//)).toEqual([]);
    expect(offences(lib, /^(bin|test)\//)).toEqual([]);
    expect(offences(bin, /^test\//)).toEqual([]);
  });

  it('into the subject from nowhere: functions/refund knows no store, no provider, no HTTP', () => {
    const subject = functions?.filter(({ file }) => file.startsWith('functions/refund/'));
    expect(offences(subject, /^(?!functions\/refund\/)(?!node:crypto$)/)).toEqual([]);
  });

  it('into the decisions from decisions only: no clock, no network, no package', () => {
    const pure = [
      'money',
      'currencies',
      'payment',
      'decide',
      'rules',
      'banks',
      'attribution',
      'settle',
      'asynchronous',
      'timing',
      'redact',
    ];
    const decisions = functions?.filter(({ file }) =>
      pure.some((name) => file === `functions/refund/${name}.ts`),
    );
    expect(decisions).toHaveLength(pure.length);
    expect(offences(decisions, /^(?!functions\/refund\/)|workflow|ports/)).toEqual([]);
  });

  it('never into the service from the other side: the simulator knows nothing of it', () => {
    const simulator = lib?.filter(({ file }) => file.startsWith('lib/simulator/'));
    expect(simulator?.length).toBeGreaterThan(5);
    expect(offences(simulator, /^functions\//)).toEqual([]);
  });
});

describe('a file', () => {
  it('has 200 lines at most, a test 300, and none is a barrel', () => {
    const long = (sources: readonly Source[] | undefined, limit: number) =>
      (sources ?? []).filter(({ lines }) => lines > limit).map(({ file }) => file);
    expect([...long(functions, 200), ...long(lib, 200), ...long(bin, 200), ...long(test, 300)]).toEqual([]);
    const barrels = [functions, lib, bin, test].flatMap((sources) =>
      (sources ?? []).filter(({ file }) => path.basename(file) === 'index.ts'),
    );
    expect(barrels).toEqual([]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Source {
  readonly file: string;
  /** Without comments: what only they name, nothing uses. */
  readonly code: string;
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
      const code = text.replaceAll(/\/\*.*?\*\/|^ *\/\/[^\n]*/gms, '');
      return { file, code, lines: text.split('\n').length - 1, imports };
    });
}

const [functions, lib, bin, test] = ['functions', 'lib', 'bin', 'test'].map(sourcesIn);

function offences(sources: readonly Source[] | undefined, forbidden: RegExp): readonly string[] {
  return (sources ?? []).flatMap(({ file, imports }) =>
    imports.filter((each) => forbidden.test(each)).map((each) => `${file} imports ${each}`),
  );
}

/** Who may import whom: a room names the rooms it knows; every room knows itself and, where it says so, packages. */
const WALLS: Readonly<Record<string, { readonly knows: readonly string[]; readonly packages: RegExp }>> = {
  // Decisions: functions of (payment, request, provider's answer, now). The one module of node: is a hash.
  'functions/refund/': { knows: [], packages: /^node:crypto$/ },
  // Effects in order. What they need of the world comes in by its ports.
  'functions/protocol/': { knows: ['functions/refund/'], packages: /^node:util$/ },
  'functions/iamport/': {
    knows: ['functions/refund/', 'functions/protocol/ports.ts'],
    packages: /^(ky|valibot|node:crypto)$/,
  },
  'functions/ledger/': {
    knows: ['functions/refund/', 'functions/protocol/'],
    packages: /^(@aws-sdk\/(client|lib|util)-dynamodb|valibot|node:crypto)$/,
  },
  // The staff's page asks the API alone. Of the service it knows types, texts and tables, and nothing that needs a server.
  'lib/desk/': {
    knows: ['functions/refund/', 'functions/http/', 'lib/client/'],
    packages: /^(lit-html(\/.+)?|oauth4webapi|valibot|esbuild|node:(fs|url))$/,
  },
  // What judges is not what is judged.
  'lib/lab/simulator/': { knows: [], packages: /^node:/ },
};

describe('imports go one way', () => {
  it('from bin to lib to functions, and never back', () => {
    expect(functions?.length).toBeGreaterThan(60);
    expect(offences(functions, /^(lib|bin|test)\//)).toEqual([]);
    expect(offences(lib, /^(bin|test)\//)).toEqual([]);
    expect(offences(bin, /^test\//)).toEqual([]);
  });

  it.each(Object.entries(WALLS))('through no wall: %s', (room, { knows, packages }) => {
    const sources = [...(functions ?? []), ...(lib ?? [])].filter(({ file }) => file.startsWith(room));
    expect(sources.length).toBeGreaterThan(3);
    const through = sources.flatMap(({ file, imports }) =>
      imports
        .filter((each) => ![room, ...knows].some((known) => each.startsWith(known)) && !packages.test(each))
        .map((each) => `${file} imports ${each}`),
    );
    expect(through).toEqual([]);
  });

  it('out of the package: what it ships knows neither the local run nor the simulator', () => {
    const shipped = lib?.filter(({ file }) => !file.startsWith('lib/lab/'));
    expect(offences(shipped, /^lib\/lab\//)).toEqual([]);
    expect(offences(functions, /^lib\//)).toEqual([]);
  });

  it('only doors meet the live surroundings', () => {
    const others = functions?.filter(({ file }) => file.split('/').length > 2);
    expect(offences(others, /^functions\/runtime\/live\.ts$/)).toEqual([]);
  });
});

describe('a name that is exported', () => {
  it('every exported name is used in the sources, not only in tests', () => {
    const sources = [functions, lib, bin].flatMap((each) => each ?? []);
    const words = sources.flatMap(({ code }) => code.match(/\w+/g) ?? []);
    const seen = new Set<string>();
    const again = new Set(words.filter((word) => seen.has(word) || !seen.add(word)));
    const exported = sources.flatMap(({ code }) =>
      [...code.matchAll(/^export (?:async )?(?:const|function\*?|class|interface|type) (\w+)/gm)].map(
        ([, name = '']) => name,
      ),
    );
    expect(exported.length).toBeGreaterThan(800);
    // The day on which a test asks for the next years' holidays; and the type by which the tests name their cases.
    expect(exported.filter((name) => !again.has(name)).toSorted()).toEqual([
      'HOLIDAYS_KNOWN_UNTIL_MS',
      'WriteKind',
    ]);
  });
});

describe('a file', () => {
  it('has 350 lines at most, a test 400, and none is a barrel', () => {
    const long = (sources: readonly Source[] | undefined, limit: number) =>
      (sources ?? []).filter(({ lines }) => lines > limit).map(({ file }) => file);
    expect([...long(functions, 350), ...long(lib, 350), ...long(bin, 350), ...long(test, 400)]).toEqual([]);
    const barrels = [functions, lib, bin, test].flatMap((sources) =>
      (sources ?? []).filter(({ file }) => path.basename(file) === 'index.ts'),
    );
    expect(barrels).toEqual([]);
  });
});

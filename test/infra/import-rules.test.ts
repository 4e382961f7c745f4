import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { blocksIn, readPaper } from '../support/papers.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Source {
  readonly file: string;
  /** The text without comments, because a name in a comment is no use. */
  readonly code: string;
  readonly lines: number;
  /** Imports: project files by path from the root, packages by name. */
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

/** The imports that each folder may have: the named folders, itself, and the named packages. */
const WALLS: Readonly<Record<string, { readonly knows: readonly string[]; readonly packages: RegExp }>> = {
  // Pure decisions of (payment, request, provider's answer, now). They use node only for a hash.
  'functions/refund/': { knows: [], packages: /^node:crypto$/ },
  // Effects in order; everything outside comes in by ports.
  'functions/protocol/': { knows: ['functions/refund/'], packages: /^node:util$/ },
  'functions/iamport/': {
    knows: ['functions/refund/', 'functions/protocol/ports.ts'],
    packages: /^(ky|valibot|node:crypto)$/,
  },
  'functions/ledger/': {
    knows: ['functions/refund/', 'functions/protocol/'],
    packages: /^(@aws-sdk\/(client|lib|util)-dynamodb|valibot|node:crypto)$/,
  },
  // The staff desk calls only the API. It imports types, texts and tables of the service, and nothing that needs a server.
  'lib/desk/': {
    knows: ['functions/refund/', 'functions/http/', 'lib/client/'],
    packages: /^(lit-html(\/.+)?|oauth4webapi|valibot|esbuild|node:(fs|url))$/,
  },
  // The simulator tests the service, so it shares no code with it.
  'lib/lab/simulator/': { knows: [], packages: /^node:/ },
};

describe('the direction of imports', () => {
  it('imports go from bin to lib to functions, and never back', () => {
    expect(functions?.length).toBeGreaterThan(60);
    expect(offences(functions, /^(lib|bin|test)\//)).toEqual([]);
    expect(offences(lib, /^(bin|test)\//)).toEqual([]);
    expect(offences(bin, /^test\//)).toEqual([]);
  });

  it.each(Object.entries(WALLS))('the folder %s imports only what it may', (room, { knows, packages }) => {
    const sources = [...(functions ?? []), ...(lib ?? [])].filter(({ file }) => file.startsWith(room));
    expect(sources.length).toBeGreaterThan(3);
    const through = sources.flatMap(({ file, imports }) =>
      imports
        .filter((each) => ![room, ...knows].some((known) => each.startsWith(known)) && !packages.test(each))
        .map((each) => `${file} imports ${each}`),
    );
    expect(through).toEqual([]);
  });

  it('the shipped files import neither the local run nor the simulator', () => {
    const shipped = lib?.filter(({ file }) => !file.startsWith('lib/lab/'));
    expect(offences(shipped, /^lib\/lab\//)).toEqual([]);
    expect(offences(functions, /^lib\//)).toEqual([]);
  });

  it('only the Lambda handlers import functions/runtime/live', () => {
    const others = functions?.filter(({ file }) => file.split('/').length > 2);
    expect(offences(others, /^functions\/runtime\/live\.ts$/)).toEqual([]);
  });
});

describe('the map of the folders in CONTRIBUTING.md', () => {
  const [picture = ''] = blocksIn(readPaper('CONTRIBUTING.md'), 'mermaid');
  const rooms = [...picture.matchAll(/(\w+)\["([^"<]+)/g)].map(([, id = '', room = '']) => ({ id, room }));
  const drawn = [...picture.matchAll(/^ +(\w+)(?:\[[^\]]+\])? --> (\w+)/gm)].map(
    ([, from = '', to = '']) => `${from} ${to}`,
  );

  function roomOf(file: string): string | undefined {
    const folder = path.dirname(file) === 'functions' ? 'functions/*.ts' : path.dirname(file);
    return rooms.find(({ room }) => `${folder}/`.startsWith(`${room}/`))?.id;
  }

  function leads(from: string | undefined, to: string | undefined): boolean {
    if (from === to) return from !== undefined;
    return drawn.some((arrow) => arrow.startsWith(`${from} `) && leads(arrow.split(' ')[1], to));
  }

  it('the map has every folder, a path of arrows for every import, and no other arrow', () => {
    const imports = [functions, lib, bin].flatMap((sources) =>
      (sources ?? []).flatMap(({ file, imports: all }) =>
        all.filter((each) => each.endsWith('.ts')).map((each) => [roomOf(file), roomOf(each)] as const),
      ),
    );
    expect(imports.length).toBeGreaterThan(500);
    const astray = imports.filter(([from, to]) => !leads(from, to)).map(([from, to]) => `${from} ${to}`);
    expect([...new Set(astray)]).toEqual([]);
    const followed = new Set(imports.map(([from, to]) => `${from} ${to}`));
    expect(drawn.length).toBeGreaterThan(10);
    expect(drawn.filter((arrow) => !followed.has(arrow))).toEqual([]);
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
    expect(exported.filter((name) => !again.has(name))).toEqual([]);
  });
});

describe('a file', () => {
  it('a file has at most 350 lines, a test at most 400, and no file is a barrel', () => {
    const long = (sources: readonly Source[] | undefined, limit: number) =>
      (sources ?? []).filter(({ lines }) => lines > limit).map(({ file }) => file);
    expect([...long(functions, 350), ...long(lib, 350), ...long(bin, 350), ...long(test, 400)]).toEqual([]);
    const barrels = [functions, lib, bin, test].flatMap((sources) =>
      (sources ?? []).filter(({ file }) => path.basename(file) === 'index.ts'),
    );
    expect(barrels).toEqual([]);
  });
});

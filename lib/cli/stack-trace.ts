import { readdirSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import * as v from 'valibot';
import { projectFile } from '../stack/bundle.ts';

/** A position in a bundle in a stack line: `at f (file:///var/task/index.mjs:12:3456)`. */
const FRAME = /^(\s*at .*?\(?)(?:(?:file:\/\/)?[^\s()]*\/)?index\.mjs:(\d+):(\d+)(\)?)\s*$/;

/** Source maps by function name (a file in functions/ without its extension). */
export type Maps = (entry: string) => Promise<SourceMap>;

/** Builds each source map once from this checkout; the same sources give the same bundle. */
export function mapsOfThisCheckout(): Maps {
  const made = new Map<string, Promise<SourceMap>>();
  return async (entry) => {
    const map = made.get(entry) ?? mapOf(entry);
    made.set(entry, map);
    return map;
  };
}

/** Only this command loads the bundler, so the others work without the development tools. */
async function mapOf(entry: string): Promise<SourceMap> {
  const { bundle } = await import('../stack/bundle.ts');
  return new SourceMap(JSON.parse((await bundle(entry)).map) as SourceMapPayload);
}

/** The functions' entry files by name. */
export function entries(): readonly string[] {
  return readdirSync(projectFile('functions'))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => name.replace(/\.ts$/, ''));
}

/** The entry file for a function named `cancelPayment`, `cancel-payment` or `…-ServiceCancelPaymentFunction34D6`. */
export function entryNamed(name: string): string | undefined {
  const word = name.replaceAll('-', '').toLowerCase();
  const found = entries().filter((entry) => word.includes(entry.replaceAll('-', '')));
  return found.length === 1 ? found[0] : undefined;
}

/** The function name: the metric's dimension of an unexpected error, else the name at the start of a local run's log line. */
function functionIn(line: string): string | undefined {
  const [, dimension] = /"Function":"(\w+)"/.exec(line) ?? [];
  const [, local] = /^\S+Z (\S+) \{/.exec(line) ?? [];
  return dimension ?? local;
}

export interface Traced {
  readonly frames: readonly string[];
  /** Frames of a bundle without an entry in the map, or without a map. */
  readonly unmapped: number;
}

/** Maps the stack of a log line to the project's files; frames outside a bundle are not changed. */
export async function traced(line: string, maps: Maps, named?: string): Promise<Traced> {
  const stack = stackIn(line);
  const entry = entryNamed(named ?? functionIn(line) ?? '');
  const map = stack.length === 0 || entry === undefined ? undefined : await maps(entry);
  let unmapped = 0;
  const frames = stack.map((frame) => {
    const [whole, before = '', row, column, after = ''] = FRAME.exec(frame) ?? [];
    if (whole === undefined) return frame;
    const found = map?.findEntry(Number(row) - 1, Number(column) - 1);
    if (found === undefined || !('originalSource' in found)) {
      unmapped += 1;
      return frame;
    }
    const place = `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`;
    return `${before}${place}${after}`;
  });
  return { frames, unmapped };
}

const Line = v.pipe(v.string(), v.parseJson(), v.object({ stack: v.array(v.string()) }));

/** `stack` of a JSON line, or the lines of a pasted stack. */
function stackIn(line: string): readonly string[] {
  const parsed = v.safeParse(Line, line.slice(Math.max(0, line.indexOf('{'))));
  if (parsed.success) return parsed.output.stack;
  return line.split('\n').filter((each) => /^\s*at /.test(each));
}

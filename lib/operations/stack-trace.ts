import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import path from 'node:path';
import * as v from 'valibot';

/** Where in a bundle, as a line of a stack has it: `at f (file:///var/task/index.mjs:12:3456)`. */
const FRAME = /^(\s*at .*?\(?)((?:file:\/\/)?[^\s()]*\/)?index\.mjs:(\d+):(\d+)(\)?)\s*$/;
const ASSET = /asset\.[0-9a-f]{64}/;

const BUNDLE_MAP = 'index.mjs.map';

/** The source maps of one synthesized stack. */
export interface Bundles {
  /** The map of the function that a log line comes from; undefined where the line does not say which. */
  readonly mapFor: (line: string) => SourceMap | undefined;
}

const Resource = v.object({
  Type: v.string(),
  Properties: v.optional(v.object({ Code: v.optional(v.object({ S3Key: v.optional(v.string()) })) })),
});
const Template = v.pipe(v.string(), v.parseJson(), v.object({ Resources: v.record(v.string(), Resource) }));

/** Reads what `cdk synth` or a local run has left in `directory`; undefined where that is none. */
export function bundlesIn(directory: string, named?: string): Bundles | undefined {
  const template = existsSync(directory)
    ? readdirSync(directory).find((name) => name.endsWith('.template.json'))
    : undefined;
  if (template === undefined) return undefined;
  const { Resources } = v.parse(Template, readFileSync(path.join(directory, template), 'utf8'));
  const assets = Object.entries(Resources).flatMap(([logicalId, { Type, Properties }]) => {
    const hash = Properties?.Code?.S3Key?.replace(/\.zip$/, '');
    return Type === 'AWS::Lambda::Function' && hash !== undefined ? [{ logicalId, hash }] : [];
  });
  const assetOf = (line: string): string | undefined => {
    const inPath = ASSET.exec(line)?.[0];
    if (inPath !== undefined) return inPath;
    const name = named ?? functionIn(line);
    const found = assets.filter(({ logicalId }) => same(logicalId, name ?? '\0'));
    return found.length === 1 ? `asset.${found[0]?.hash}` : undefined;
  };
  return {
    mapFor: (line) => {
      const asset = assetOf(line);
      const file = path.join(directory, asset ?? '', BUNDLE_MAP);
      if (asset === undefined || !existsSync(file)) return undefined;
      return new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload);
    },
  };
}

function same(logicalId: string, name: string): boolean {
  const id = logicalId.toLowerCase();
  const other = name.toLowerCase().replaceAll('-', '');
  return id.includes(other) || other.includes(id);
}

/** The metric's dimension of an unexpected error, else the name in front of a line of the local run. */
function functionIn(line: string): string | undefined {
  const [, dimension] = /"Function":"(\w+)"/.exec(line) ?? [];
  const [, local] = /^\S+Z \S*?(\w+) \{/.exec(line) ?? [];
  return dimension ?? local;
}

export interface Traced {
  readonly frames: readonly string[];
  /** Frames of a bundle that no map was found for. */
  readonly unmapped: number;
}

/** The stack of a log line by the files of the project; frames that are not of a bundle stay as they are. */
export function traced(line: string, bundles: Bundles): Traced {
  const map = bundles.mapFor(line);
  let unmapped = 0;
  const frames = stackIn(line).map((frame) => {
    const [whole, before = '', , row, column, after = ''] = FRAME.exec(frame) ?? [];
    if (whole === undefined) return frame;
    const entry = map?.findEntry(Number(row) - 1, Number(column) - 1);
    if (entry === undefined || !('originalSource' in entry)) {
      unmapped += 1;
      return frame;
    }
    const place = `${inProject(entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    return `${before}${place}${after}`;
  });
  return { frames, unmapped };
}

const Line = v.pipe(v.string(), v.parseJson(), v.object({ stack: v.array(v.string()) }));

/** `stack` of a line of JSON, or the lines of a stack as they were pasted. */
function stackIn(line: string): readonly string[] {
  const parsed = v.safeParse(Line, line.slice(Math.max(0, line.indexOf('{'))));
  if (parsed.success) return parsed.output.stack;
  return line.split('\n').filter((each) => /^\s*at /.test(each));
}

/** `../../../functions/refund/decide.ts` as it is called in the repository. */
function inProject(source: string): string {
  return source.replace(/^.*?(?=(?:functions|node_modules)\/)/, '');
}

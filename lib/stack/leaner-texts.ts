/** What becomes of the texts of the SDK's files that `leaner-files.ts` names, and why nothing is missed. */

/**
 * Methods that no code of the SDK's for these two services calls, and none of ours: they are for the protocols of other
 * services (REST, Query, CBOR), for links that are signed beforehand, and for streams of events.
 */
export function without(...methods: readonly string[]): (text: string) => string {
  return (text) =>
    methods.reduce((rest, method) => {
      const less = rest.replace(new RegExp(`^    (?:async )?${method}\\([^]*?^    }\\n`, 'm'), '');
      if (less === rest) throw new Error(`Bug: there is no method ${method}`);
      return less;
    }, text);
}

/**
 * The strategy that also limits its own rate is made only where AWS_RETRY_MODE says `adaptive`. The stack does not say
 * so; who does by hand gets the same retries without that limit.
 */
export function onlyStandard(): string {
  return "export { StandardRetryStrategy as AdaptiveRetryStrategy } from './StandardRetryStrategy';";
}

/** Made at once, though nobody pages by it; nothing but its result would be missed. */
export function onlyIfUsed(text: string): string {
  return text.replace('= createPaginator(', '= /* @__PURE__ */ createPaginator(');
}

interface Partition {
  readonly regionRegex: string;
  readonly regions: Readonly<Record<string, object>>;
}

/**
 * A region is looked for by its name, then by the partitions' patterns. Those that the patterns find in the same partition
 * need not be named; what a region is called in English is read by nobody.
 */
export function foundByPattern(text: string): string {
  const [, json = ''] = /^export const partitionsInfo = ([^]*?);?\s*$/.exec(text) ?? [];
  const { partitions } = JSON.parse(json) as { readonly partitions: readonly Partition[] };
  const partitionOf = (region: string): Partition | undefined =>
    partitions.find(({ regionRegex }) => new RegExp(regionRegex).test(region));
  const leaner = partitions.map((partition) => {
    const named = Object.keys(partition.regions).filter((region) => partitionOf(region) !== partition);
    return { ...partition, regions: Object.fromEntries(named.map((region) => [region, {}])) };
  });
  return `export const partitionsInfo = ${JSON.stringify({ partitions: leaner })};`;
}

/** The client tells its version to the service, and asks nothing else of its package. */
export function onlyVersion(text: string): string {
  return JSON.stringify({ version: (JSON.parse(text) as { readonly version: string }).version });
}

/** The errors whose class says more than the base's: one brings an item, the other may be sent again. */
const TOLD_APART = ['ConditionalCheckFailedException', 'ReplicatedWriteConflictException'];

/**
 * An error without a class of its own becomes the client's base exception, with the same name, message, metadata and
 * fault (of its HTTP status), and it is by these that the SDK retries and we tell. Keys that are spelt out let the
 * bundler see that a schema is only a value, and leave out those that nobody uses.
 */
export function withFewErrors(text: string): string {
  const values = new Map(
    [...text.matchAll(/^const (_\w+) = ("\w+");$/gm)].map(([, name, value]) => [name, value]),
  );
  return text
    .replaceAll(/^n0_registry\.registerError\((\w+)\$, \1\);$/gm, (statement, name: string) =>
      TOLD_APART.includes(name) ? statement : '',
    )
    .replaceAll(/\[(_\w+)\]:/g, (key, name: string) => `${values.get(name) ?? key}:`);
}

/**
 * It loads node's HTTP client late, and the doors have loaded it anyway. A part of a bundle that is loaded late makes the
 * bundler wrap everything that the part needs, and every file that needs the same has to ask first whether it is there.
 */
export function atOnce(text: string): string {
  const late =
    /const node_http = await import\("node:http"\);\s*const { Agent, request } = node_http\.default \?\? node_http;\n/;
  return `import { Agent, request } from "node:http";\n${text.replace(late, '')}`;
}

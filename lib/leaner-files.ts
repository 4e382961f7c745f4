/** A file of the SDK that is bundled otherwise than it is. */
export interface Leaner {
  /** From the folder node_modules. */
  readonly file: string;
  /** Start of its SHA-256: what is said of a file here was read in this one, and need not be so for the next. */
  readonly sha256: string;
  /** Our file that stands for it, or what becomes of its text. */
  readonly becomes: string | ((text: string) => string);
}

const CORE = '@smithy/core/dist-es/submodules/';
const LEFT_OUT = 'functions/sdk/left-out.ts';
const IN_LAMBDA = 'functions/sdk/in-lambda.ts';
const PLAIN_CLIENT = 'functions/sdk/plain-client.ts';
const JSON_OF_BOTH = 'functions/sdk/json.ts';

/** Why each is harmless stands with what it becomes. */
export const LEANER: readonly Leaner[] = [
  { file: `${CORE}checksum/sha256/Sha256Js.js`, sha256: '54d26649ccb5', becomes: LEFT_OUT },
  { file: '@smithy/signature-v4/dist-es/HeaderFormatter.js', sha256: 'd82a105e2abe', becomes: LEFT_OUT },
  {
    file: `${CORE}config/node-config-provider/fromSharedConfigFiles.js`,
    sha256: '2a225eb2b925',
    becomes: IN_LAMBDA,
  },
  {
    file: `${CORE}config/config-resolver/regionConfig/getInstanceMetadataRegion.js`,
    sha256: 'da6d439b0eb4',
    becomes: IN_LAMBDA,
  },
  {
    file: '@aws-sdk/core/dist-es/submodules/client/emitWarningIfUnsupportedVersion.js',
    sha256: 'f99efb83b246',
    becomes: IN_LAMBDA,
  },
  { file: '@aws/lambda-invoke-store/dist-es/invoke-store.js', sha256: '526b850ed786', becomes: IN_LAMBDA },
  {
    file: '@aws-sdk/client-dynamodb/dist-es/runtimeExtensions.js',
    sha256: '91acbc1e819f',
    becomes: PLAIN_CLIENT,
  },
  {
    file: '@aws-sdk/client-secrets-manager/dist-es/runtimeExtensions.js',
    sha256: '91acbc1e819f',
    becomes: PLAIN_CLIENT,
  },
  {
    file: `${CORE}endpoints/middleware-endpoint/service-customizations/s3.js`,
    sha256: 'e2df99b94810',
    becomes: PLAIN_CLIENT,
  },
  { file: `${CORE}protocols/HttpBindingNormalizedSchema.js`, sha256: 'c60ee4dff36d', becomes: PLAIN_CLIENT },
  {
    file: `${CORE}protocols/json/codec-v2/JsonBytesStringAdapter.js`,
    sha256: 'a2ec07809f31',
    becomes: JSON_OF_BOTH,
  },
  { file: `${CORE}protocols/json/jsonReviver.js`, sha256: 'ff676cc50ed2', becomes: JSON_OF_BOTH },
  { file: `${CORE}serde/date-utils.js`, sha256: '9b64f13c9046', becomes: JSON_OF_BOTH },
  { file: `${CORE}retry/util-retry/AdaptiveRetryStrategy.js`, sha256: '826965148cb6', becomes: onlyStandard },
  {
    file: '@aws-sdk/lib-dynamodb/dist-es/pagination/QueryPaginator.js',
    sha256: 'b35a100b4847',
    becomes: onlyIfUsed,
  },
  {
    file: '@aws-sdk/lib-dynamodb/dist-es/pagination/ScanPaginator.js',
    sha256: 'ae1eb682c28d',
    becomes: onlyIfUsed,
  },
  {
    file: '@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js',
    sha256: '73350ad74cb8',
    becomes: nameless,
  },
  { file: '@aws-sdk/client-dynamodb/package.json', sha256: '3d47348b794b', becomes: onlyVersion },
  { file: '@aws-sdk/client-secrets-manager/package.json', sha256: 'a28a7a005439', becomes: onlyVersion },
  {
    file: '@aws-sdk/client-dynamodb/dist-es/schemas/schemas_0.js',
    sha256: '3cba646915c5',
    becomes: withFewErrors,
  },
  {
    file: '@aws-sdk/client-secrets-manager/dist-es/schemas/schemas_0.js',
    sha256: 'df79c6b52dcf',
    becomes: withFewErrors,
  },
  { file: `${CORE}client/smithy-client/schemaLogFilter.js`, sha256: '1ae587578e42', becomes: LEFT_OUT },
  {
    file: '@aws-sdk/core/dist-es/submodules/client/middleware-logger/loggerMiddleware.js',
    sha256: '3bc8983bed4f',
    becomes: PLAIN_CLIENT,
  },
  {
    file: `${CORE}protocols/HttpProtocol.js`,
    sha256: 'af4f0e3d3b71',
    becomes: without(
      'resolveError',
      'serializeEventStream',
      'deserializeEventStream',
      'loadEventStreamCapability',
      'getEventStreamMarshaller',
      'resolveEventStreamMarshaller',
    ),
  },
  {
    file: '@aws-sdk/core/dist-es/submodules/protocols/ProtocolLib.js',
    sha256: 'f4183a1076f0',
    becomes: without(
      'resolveRestContentType',
      'setQueryCompatError',
      'queryCompatOutput',
      'findQueryCompatibleError',
    ),
  },
  {
    file: `${CORE}protocols/json/codec-v2/JsonShapeSerializer2.js`,
    sha256: '399cc01fa234',
    becomes: without('writeDiscriminatedDocument'),
  },
  {
    file: '@smithy/signature-v4/dist-es/SignatureV4.js',
    sha256: '634af3e93dc5',
    becomes: without('presign', 'signEvent', 'signMessage'),
  },
  { file: '@smithy/node-http-handler/dist-es/node-http-handler.js', sha256: '6dd7102e9952', becomes: atOnce },
  {
    file: `${CORE}schema/TypeRegistry.js`,
    sha256: 'a680d7644a27',
    becomes: without('register', 'find', 'clear'),
  },
];

/**
 * Methods that no code of the SDK's for these two services calls, and none of ours: they are for the protocols of other
 * services (REST, Query, CBOR), for links that are signed beforehand, and for streams of events.
 */
function without(...methods: readonly string[]): (text: string) => string {
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
function onlyStandard(): string {
  return "export { StandardRetryStrategy as AdaptiveRetryStrategy } from './StandardRetryStrategy';";
}

/** Made at once, though nobody pages by it; nothing but its result would be missed. */
function onlyIfUsed(text: string): string {
  return text.replace('= createPaginator(', '= /* @__PURE__ */ createPaginator(');
}

/** Which region is in which partition stays; what a region is called in English is read by nobody. */
function nameless(text: string): string {
  return text.replaceAll(/"description": "[^"]*"/g, '');
}

/** The client tells its version to the service, and asks nothing else of its package. */
function onlyVersion(text: string): string {
  return JSON.stringify({ version: (JSON.parse(text) as { readonly version: string }).version });
}

/** The errors whose class says more than the base's: one brings an item, the other may be sent again. */
const TOLD_APART = ['ConditionalCheckFailedException', 'ReplicatedWriteConflictException'];

/**
 * An error without a class of its own becomes the client's base exception, with the same name, message, metadata and
 * fault (of its HTTP status), and it is by these that the SDK retries and we tell. Keys that are spelt out let the
 * bundler see that a schema is only a value, and leave out those that nobody uses.
 */
function withFewErrors(text: string): string {
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
function atOnce(text: string): string {
  const late =
    /const node_http = await import\("node:http"\);\s*const { Agent, request } = node_http\.default \?\? node_http;\n/;
  return `import { Agent, request } from "node:http";\n${text.replace(late, '')}`;
}

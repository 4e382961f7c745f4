import {
  atOnce,
  foundByPattern,
  onlyIfUsed,
  onlyStandard,
  onlyVersion,
  withFewErrors,
  without,
} from './leaner-texts.ts';

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

/** Why each is harmless stands with what it becomes: in `leaner-texts.ts`, or in the file that stands for it. */
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
    becomes: foundByPattern,
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

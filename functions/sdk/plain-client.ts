/** In the bundles this stands for what the SDK does to clients that are configured otherwise than ours, and leaves ours alone. */

const asItIs = <T>(value: T): T => value;

/** Reads a client's settings, shows them to its extensions, and writes them back. Ours have no extensions. */
export const resolveRuntimeExtensions = asItIs;

/** A table is not looked for at other addresses, and no command of ours would ask for one. */
export const resolveEndpointDiscoveryConfig = asItIs;
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: (): undefined => undefined,
  configFileSelector: (): undefined => undefined,
  default: undefined,
};

/** Called for S3 alone. */
export const resolveParamsForS3 = asItIs;
export const DOT_PATTERN = /\./;
export const S3_HOSTNAME_PATTERN = /^$/;
export const isDnsCompatibleBucketName = (): boolean => false;
export const isArnBucketName = (): boolean => false;

/** Where a request's fields go in its path, query and headers. Both services take all of them in the body (JSON RPC). */
export const getHttpOperationBindings = (): readonly never[] => [];
export const HttpBindingNormalizedSchema = undefined;

/** Tells a client's log about each call. Ours have none, and the SDK's readies each failed call's input for it all the same. */
export const getLoggerPlugin = (): { applyToStack(): void } => ({ applyToStack: () => undefined });
export const loggerMiddleware = undefined;
export const loggerMiddlewareOptions = undefined;

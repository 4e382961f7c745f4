/** In the bundles this stands for what the SDK asks of its surroundings, and answers as it does in Lambda. */

/** As the SDK says that the next one is to be asked: here what is set where nothing else is said. */
const NO_PROFILE = Object.assign(new Error('there is no profile in Lambda'), { tryNextLink: true });

/** There is no home with profiles in Lambda: settings come from the environment alone. Spares each start two reads. */
export function fromSharedConfigFiles(): () => Promise<never> {
  return async () => Promise.reject(NO_PROFILE);
}

/** Asked of an EC2 instance where AWS_REGION is missing; Lambda always sets it, and has no instance to ask. */
export async function getInstanceMetadataRegion(): Promise<undefined> {
  return undefined;
}

/** Warns of a Node older than 22; the stack says which Node it is. */
export function emitWarningIfUnsupportedVersion(): void {}

export const state = { warningEmitted: false };

interface InvokeStore {
  getXRayTraceId(): string | undefined;
}

/**
 * Lambda's own store of what belongs to an invocation, where its runtime has one. The SDK would make an empty one where
 * there is none, and then takes the trace from the environment, as it does without.
 */
export const InvokeStore = {
  async getInstanceAsync(): Promise<InvokeStore | undefined> {
    const { awslambda } = globalThis as { readonly awslambda?: { readonly InvokeStore?: InvokeStore } };
    return awslambda?.InvokeStore;
  },
};

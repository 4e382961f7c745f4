/** What the SDK signs a request with. */
interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * The role's credentials, as Lambda puts them into the environment. In the bundles this stands for the SDK's chain of
 * providers (profiles, SSO, containers, instances), which Lambda never uses and which is a quarter of a bundle.
 */
export function defaultProvider(): () => Promise<Credentials> {
  let known: Credentials | undefined;
  // Asked for with each request, and each look into the environment goes through the system.
  return async () => (known ??= fromEnvironment());
}

function fromEnvironment(): Credentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set');
  }
  const sessionToken = process.env['AWS_SESSION_TOKEN'];
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

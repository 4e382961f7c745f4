const CONNECT_TIMEOUT_MS = 2_000;

/** Time limits of an AWS client that really end the request: `requestTimeout` alone only warns. */
export function limited(requestTimeout: number) {
  return { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout, throwOnRequestTimeout: true } as const;
}

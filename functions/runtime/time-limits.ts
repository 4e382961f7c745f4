const CONNECT_TIMEOUT_MS = 2_000;

/** Of a client of AWS, one that really ends the request: `requestTimeout` alone only warns. */
export function limited(requestTimeout: number) {
  return { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout, throwOnRequestTimeout: true } as const;
}

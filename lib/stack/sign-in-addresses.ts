/**
 * Where `refunds sign-in` takes the browser in that comes back from signing in. Issuers compare these addresses exactly, port
 * included, so they are fixed; the first whose port is free is used.
 */
export const SIGN_IN_ADDRESSES = [
  'http://localhost:8976/signed-in',
  'http://localhost:18976/signed-in',
  'http://localhost:28976/signed-in',
] as const;

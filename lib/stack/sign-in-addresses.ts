/**
 * The redirect addresses of `refunds sign-in`. Issuers compare them exactly, including the port, so they are fixed; the first
 * one with a free port is used.
 */
export const SIGN_IN_ADDRESSES = [
  'http://localhost:8976/signed-in',
  'http://localhost:18976/signed-in',
  'http://localhost:28976/signed-in',
] as const;

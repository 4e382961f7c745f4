/** What i'mport publishes of itself, for a deployer who says nothing else. */

/** Base address of its API (V1). */
export const IAMPORT_API_URL = 'https://api.iamport.kr';

/** Where its webhooks come from, as its documentation of the webhook lists them. */
export const WEBHOOK_SOURCE_ADDRESSES: readonly string[] = ['52.78.100.19', '52.78.48.223', '52.78.5.241'];

/** G of the protocol, in seconds: the provider recommends to wait a minute and more, and hanging up does not stop it. */
export const QUIET_PERIOD_SECONDS = 180;

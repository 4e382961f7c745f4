import { type IamportSimulator, startIamportSimulator } from '../simulator/simulator.ts';
import { LocalRunError } from './errors.ts';
import { noPages } from './http-server.ts';
import { isObject } from './json.ts';
import type { LocalRunOptions } from './options.ts';

/** The i'mport of this run: the simulator, or the one at IAMPORT_API_URL. */
export interface Provider {
  readonly url: string;
  /** Only for the simulator: another i'mport cannot be given payments or faults. */
  readonly simulator: IamportSimulator | undefined;
  /** The payment as i'mport returns it; undefined if there is none. */
  readonly payment: (impUid: string) => Promise<unknown>;
  /** The credentials that it accepts and that the secret contains. */
  readonly credentials: { readonly impKey: string; readonly impSecret: string };
  readonly end: () => Promise<void>;
}

/** @param directory where the simulator keeps its payments */
export async function startProvider(
  { iamportApiUrl, impKey = 'local_imp_key', impSecret = 'local_imp_secret' }: LocalRunOptions,
  webhookUrl: string,
  directory: string | undefined,
): Promise<Provider> {
  const credentials = { impKey, impSecret };
  if (iamportApiUrl !== undefined) return externalProvider(iamportApiUrl, credentials);
  const kept = directory !== undefined && { directory };
  const simulator = await startIamportSimulator({ ...credentials, webhookUrl, guard: noPages, ...kept });
  const { url, end } = simulator;
  return { url, simulator, credentials, end, payment: async (impUid) => simulator.payment(impUid) };
}

/** A control waits for it, so it is longer than any read but still short. */
const LOOK_UP_TIMEOUT_MS = 10_000;

function externalProvider(url: string, credentials: Provider['credentials']): Provider {
  const { impKey: imp_key, impSecret: imp_secret } = credentials;
  /** The `response` of an answer with code 0. */
  const call = async (path: string, init: RequestInit): Promise<unknown> => {
    const answer = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(LOOK_UP_TIMEOUT_MS) });
    const body: unknown = await answer.json();
    return isObject(body) && body['code'] === 0 ? body['response'] : undefined;
  };
  return {
    url,
    simulator: undefined,
    credentials,
    end: async () => undefined,
    payment: async (impUid) => {
      const token = await call('/users/getToken', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ imp_key, imp_secret }),
      });
      const accessToken = isObject(token) ? token['access_token'] : undefined;
      if (typeof accessToken !== 'string') throw new LocalRunError(`${url} gives no access token`);
      const headers = { authorization: `Bearer ${accessToken}` };
      return call(`/payments/${encodeURIComponent(impUid)}`, { headers });
    },
  };
}

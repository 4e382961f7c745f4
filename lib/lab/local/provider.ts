import { type IamportSimulator, startIamportSimulator } from '../simulator/simulator.ts';
import { LocalRunError } from './errors.ts';
import { noPages } from './guard.ts';
import { isObject, parseJson } from './json.ts';
import type { LocalRunOptions } from './options.ts';

/** The i'mport this run works with: the simulator, or another one named by IAMPORT_API_URL. */
export interface Provider {
  readonly url: string;
  /** Only where it is the simulator: nobody else's i'mport can be given payments or bad days. */
  readonly simulator: IamportSimulator | undefined;
  /** What it holds of a payment, in i'mport's own words; undefined when it knows none. */
  readonly payment: (impUid: string) => Promise<unknown>;
  /** What it accepts, and the functions find in the secret. */
  readonly credentials: Credentials;
  readonly end: () => Promise<void>;
}

export interface Credentials {
  readonly impKey: string;
  readonly impSecret: string;
}

/** Unless somebody names another pair. */
const SIMULATOR_CREDENTIALS: Credentials = { impKey: 'local_imp_key', impSecret: 'local_imp_secret' };

export interface ProviderOptions {
  readonly options: LocalRunOptions;
  readonly webhookUrl: string;
  /** Where the simulator keeps its payments. */
  readonly directory: string | undefined;
}

export async function startProvider({ options, webhookUrl, directory }: ProviderOptions): Promise<Provider> {
  const { impKey = SIMULATOR_CREDENTIALS.impKey, impSecret = SIMULATOR_CREDENTIALS.impSecret } = options;
  const credentials = { impKey, impSecret };
  if (options.iamportApiUrl !== undefined) return externalProvider(options.iamportApiUrl, credentials);
  const simulator = await startIamportSimulator({
    ...credentials,
    webhookUrl,
    guard: noPages,
    ...(directory !== undefined && { directory }),
  });
  return {
    url: simulator.url,
    simulator,
    payment: (impUid) => Promise.resolve(simulator.payment(impUid)),
    credentials,
    end: simulator.end,
  };
}

/** A control waits for it; longer than any look-up takes, shorter than patience. */
const LOOK_UP_TIMEOUT_MS = 10_000;

function externalProvider(url: string, credentials: Credentials): Provider {
  const { impKey, impSecret } = credentials;
  const call = async (path: string, init: RequestInit): Promise<{ status: number; response: unknown }> => {
    const answer = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(LOOK_UP_TIMEOUT_MS) });
    const body: unknown = await answer.text().then(parseJson);
    return {
      status: answer.status,
      response: isObject(body) && body['code'] === 0 ? body['response'] : undefined,
    };
  };
  return {
    url,
    simulator: undefined,
    credentials,
    end: () => Promise.resolve(),
    payment: async (impUid) => {
      const { status, response: token } = await call('/users/getToken', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ imp_key: impKey, imp_secret: impSecret }),
      });
      const accessToken = isObject(token) ? token['access_token'] : undefined;
      if (typeof accessToken !== 'string')
        throw new LocalRunError(`${url} gives no access token (HTTP ${status})`);
      const headers = { authorization: `Bearer ${accessToken}` };
      return (await call(`/payments/${encodeURIComponent(impUid)}`, { headers })).response;
    },
  };
}

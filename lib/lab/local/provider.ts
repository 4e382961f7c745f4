import { type IamportSimulator, startIamportSimulator } from '../simulator/simulator.ts';
import { LocalRunError } from './errors.ts';
import { noPages } from './guard.ts';
import { isObject, parseJson } from './json.ts';
import type { LocalRunOptions } from './options.ts';

/** The i'mport of this run: the simulator, or the one at IAMPORT_API_URL. */
export interface Provider {
  readonly url: string;
  /** Only for the simulator: another i'mport cannot be given payments or faults. */
  readonly simulator: IamportSimulator | undefined;
  /** The payment as i'mport returns it; undefined if there is none. */
  readonly payment: (impUid: string) => Promise<unknown>;
  /** The credentials that it accepts and that the secret contains. */
  readonly credentials: Credentials;
  readonly end: () => Promise<void>;
}

export interface Credentials {
  readonly impKey: string;
  readonly impSecret: string;
}

/** The default credentials. */
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

/** A control waits for it, so it is longer than any read but still short. */
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

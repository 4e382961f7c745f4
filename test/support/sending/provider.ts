import type { CancelCall, PaymentGateway } from '../../../functions/protocol/ports.ts';
import type { Minor } from '../../../functions/refund/money.ts';
import type { TransportOptions } from '../../../functions/runtime/transport.ts';
import { iamportClient, transport } from './entry.ts';
import { answered, wireServer, type Arrived, type WireServer } from './wire-server.ts';

export const CALL: CancelCall = {
  impUid: 'imp_1',
  currency: 'KRW',
  amount: 1_000 as Minor,
  checksum: 10_000 as Minor,
  refundId: 'rf_0123456789abcdefghjkmnpq',
  reason: '변심',
  passedOn: {},
  requester: 'customer',
  timeoutMs: 5_000,
  sendBeforeMs: Number.MAX_SAFE_INTEGER,
};

/** The first token that a provider grants. */
export const GRANTED = { code: 0, response: { access_token: 'token', now: 0, expired_at: 1_800 } };

export interface ProviderOptions extends TransportOptions {
  readonly token?: string;
  readonly tls?: boolean;
  /** What follows the address of the server. */
  readonly base?: string;
}

export interface Provider {
  readonly server: WireServer;
  readonly client: PaymentGateway;
  /** Requests other than those for a token. */
  readonly asked: () => readonly string[];
  /** Requests for a token. */
  readonly tokens: () => readonly string[];
  /** Ends the invocation with this reason. */
  readonly end: (reason: Error) => void;
}

/** The provider's client, and a provider that grants a new token each time and answers everything else as the test says. */
export async function provider(
  answer: (arrived: Arrived) => void,
  { token = 'token', tls = false, base = '', ...options }: ProviderOptions = {},
): Promise<Provider> {
  let grants = 0;
  const granted = (): object => {
    grants += 1;
    const name = grants === 1 ? token : `${token}-${grants}`;
    return { ...GRANTED, response: { ...GRANTED.response, access_token: name } };
  };
  const isToken = (text: string): boolean => /^POST \S*\/users\/getToken /.test(text);
  const server = await wireServer(
    (arrived) => {
      if (isToken(arrived.text)) arrived.socket.write(answered(JSON.stringify(granted())));
      else answer(arrived);
    },
    { tls },
  );
  const invocation = new AbortController();
  const client = iamportClient({
    apiUrl: `${server.url}${base}`,
    credentials: async () => ({ impKey: 'key', impSecret: 'secret' }),
    now: () => Date.now(),
    invocation: () => invocation.signal,
    fetch: transport(options),
  });
  return {
    server,
    client,
    asked: () => server.requests.filter((text) => !isToken(text)),
    tokens: () => server.requests.filter(isToken),
    end: (reason) => invocation.abort(reason),
  };
}

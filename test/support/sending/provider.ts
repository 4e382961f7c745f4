import type { CancelCall, PaymentGateway } from '../../../functions/protocol/ports.ts';
import { samplePayment, samplePending } from '../samples.ts';
import type { TransportOptions } from '../../../functions/runtime/transport.ts';
import type { Build } from './builds.ts';
import { answered, wireServer, type Arrived, type WireServer } from './wire-server.ts';

export const CALL: CancelCall = {
  payment: samplePayment(),
  pending: samplePending(),
  account: undefined,
  timeoutMs: 5_000,
  sendBeforeMs: Number.MAX_SAFE_INTEGER,
};

export interface ProviderOptions extends TransportOptions {
  readonly token?: string;
  readonly tls?: boolean;
  /** What follows the address of the server. */
  readonly base?: string;
}

export interface Provider {
  readonly server: WireServer;
  readonly client: PaymentGateway;
  /** Requests but those for a token. */
  readonly asked: () => readonly string[];
  /** Ends the invocation, with this reason. */
  readonly end: (reason: Error) => void;
}

/** The provider's client, and a provider that grants a token and to all else says what a test wants it to. */
export async function provider(
  build: Build,
  answer: (arrived: Arrived) => void,
  { token = 'token', tls = false, base = '', ...options }: ProviderOptions = {},
): Promise<Provider> {
  const granted = { code: 0, response: { access_token: token, now: 0, expired_at: 1_800 } };
  const isToken = (text: string): boolean => /^POST \S*\/users\/getToken /.test(text);
  const server = await wireServer(
    (arrived) => {
      if (isToken(arrived.text)) arrived.socket.write(answered(JSON.stringify(granted)));
      else answer(arrived);
    },
    { tls },
  );
  const invocation = new AbortController();
  const client = build.iamportClient({
    apiUrl: `${server.url}${base}`,
    credentials: async () => ({ impKey: 'key', impSecret: 'secret' }),
    now: () => Date.now(),
    invocation: () => invocation.signal,
    fetch: build.transport(options),
  });
  return {
    server,
    client,
    asked: () => server.requests.filter((text) => !isToken(text)),
    end: (reason) => invocation.abort(reason),
  };
}

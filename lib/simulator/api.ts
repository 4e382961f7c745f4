import type { ApiRequest } from './api-request.ts';
import type { CancelDesk, Result } from './cancel-desk.ts';
import { readCancelRequest } from './cancel-request.ts';
import type { DrawnFault, FaultableRequest } from './fault-queue.ts';
import type { PaymentStore } from './journal.ts';
import { findTarget } from './ledger.ts';
import { balance, paymentByImpUid, paymentByMerchantUid, paymentsByUids } from './look-ups.ts';
import { TEXTS } from './texts.ts';
import type { TokenDesk } from './tokens.ts';
import { type Answer, failed } from './wire.ts';

export interface Api {
  /** What a scripted fault can be about. */
  describe(request: ApiRequest): FaultableRequest;
  /** i'mport judges the token when a request arrives, however much later it is carried out. */
  isAuthorized(request: ApiRequest): boolean;
  process(request: ApiRequest, drawn: DrawnFault, isAuthorized: boolean): Promise<Result>;
}

export interface ApiDependencies {
  readonly store: PaymentStore;
  readonly tokens: TokenDesk;
  readonly cancelDesk: CancelDesk;
}

const TOKEN_PATH = '/users/getToken';
const CANCEL_PATH = '/payments/cancel';

export function createApi({ store, tokens, cancelDesk }: ApiDependencies): Api {
  return {
    describe: ({ path, body, segments }) => {
      if (path === TOKEN_PATH) {
        return { endpoint: 'token', impUid: undefined };
      }
      if (path === CANCEL_PATH) {
        const request = readCancelRequest(body);
        return { endpoint: 'cancel', impUid: request.impUid ?? findTarget(store.payments, request)?.impUid };
      }
      const isFind = segments[1] === 'find';
      const found = isFind
        ? findTarget(store.payments, { impUid: undefined, merchantUid: segments[2] })
        : undefined;
      return { endpoint: 'payment', impUid: isFind ? found?.impUid : segments[1] };
    },
    isAuthorized: ({ path, authorization }) => path === TOKEN_PATH || tokens.accepts(authorization),
    process: async (request, drawn, isAuthorized) => {
      if (!isAuthorized) {
        return { answer: failed(401, -1, TEXTS.unauthorized.text), outcome: 'unauthorized' };
      }
      if (request.path === TOKEN_PATH) {
        const answer = request.method === 'POST' ? tokens.issue(request.body) : methodNotAllowed();
        return { answer, outcome: answer.status === 401 ? 'unauthorized' : 'answered' };
      }
      if (request.path === CANCEL_PATH && request.method === 'POST') {
        return cancelDesk.cancel(request.body, drawn);
      }
      return { answer: lookUp(request, store), outcome: 'answered' };
    },
  };
}

function lookUp({ method, segments, query }: ApiRequest, { payments }: PaymentStore): Answer {
  const [root, first, second, third] = segments;
  if (root !== 'payments' || segments.length > 4) {
    return failed(404, -1, TEXTS.no_such_path.text);
  }
  if (method !== 'GET') {
    return methodNotAllowed();
  }
  if (first === undefined) {
    return paymentsByUids(payments, query);
  }
  if (first === 'find' && second !== undefined) {
    return paymentByMerchantUid(payments, { merchantUid: second, status: third }, query);
  }
  if (second === undefined) {
    return paymentByImpUid(payments, first, query);
  }
  return second === 'balance' && third === undefined
    ? balance(payments, first)
    : failed(404, -1, TEXTS.no_such_path.text);
}

function methodNotAllowed(): Answer {
  return failed(405, -1, TEXTS.method_not_allowed.text);
}

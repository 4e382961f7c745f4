import type { ApiRequest } from './api-request.ts';
import type { CancelDesk, Result } from './cancel-desk.ts';
import { readCancelRequest } from './cancel-request.ts';
import type { SimulatedClock } from './clock.ts';
import type { DrawnFault, FaultableRequest, FaultQueue } from './fault-queue.ts';
import { findTarget } from './ledger.ts';
import { balance, paymentByImpUid, paymentByMerchantUid, paymentsByUids, type Question } from './look-ups.ts';
import { attemptsByMerchantUid, paymentsByStatus } from './paged-lists.ts';
import type { PaymentStore } from './payment-store.ts';
import type { Registers } from './registers.ts';
import { TEXTS } from './texts.ts';
import type { TokenDesk } from './tokens.ts';
import { showing } from './view.ts';
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
  readonly registers: Registers;
  readonly faults: FaultQueue;
  readonly clock: SimulatedClock;
}

const TOKEN_PATH = '/users/getToken';
const CANCEL_PATH = '/payments/cancel';
const PREPARE_PATH = '/payments/prepare';
const HOLDER_PATH = '/vbanks/holder';

export function createApi(dependencies: ApiDependencies): Api {
  const { store, tokens, cancelDesk, registers } = dependencies;
  return {
    describe: (request) => describe(request, store),
    isAuthorized: ({ path, authorization }) => path === TOKEN_PATH || tokens.accepts(authorization),
    process: async (request, drawn, isAuthorized) => {
      if (!isAuthorized) {
        return { answer: failed(401, -1, TEXTS.unauthorized.text), outcome: 'unauthorized' };
      }
      const { method, path, body } = request;
      if (path === TOKEN_PATH) {
        const answer = method === 'POST' ? tokens.issue(body) : methodNotAllowed();
        return { answer, outcome: answer.status === 401 ? 'unauthorized' : 'answered' };
      }
      if (path === CANCEL_PATH && method === 'POST') {
        return cancelDesk.cancel(body, drawn);
      }
      const isPrepare = path === PREPARE_PATH && method === 'POST';
      const answer = isPrepare ? registers.prepare(body) : lookUp(request, dependencies);
      return { answer, outcome: 'answered' };
    },
  };
}

function describe({ path, body, segments }: ApiRequest, store: PaymentStore): FaultableRequest {
  if (path === TOKEN_PATH) {
    return { endpoint: 'token', impUid: undefined };
  }
  if (path === CANCEL_PATH) {
    const request = readCancelRequest(body);
    return { endpoint: 'cancel', impUid: request.impUid ?? findTarget(store, request)?.impUid };
  }
  if (segments[1] === 'find') {
    const found = findTarget(store, { impUid: undefined, merchantUid: segments[2] });
    return { endpoint: 'payment', impUid: found?.impUid };
  }
  return { endpoint: 'payment', impUid: segments[1] };
}

function lookUp({ method, path, segments, query }: ApiRequest, dependencies: ApiDependencies): Answer {
  const { store, registers, faults, clock } = dependencies;
  const [root, first, second, third] = segments;
  const isKnown = root === 'payments' || path === HOLDER_PATH;
  if (!isKnown || segments.length > 4) {
    return noSuchPath();
  }
  if (method !== 'GET') {
    return methodNotAllowed();
  }
  if (path === HOLDER_PATH) {
    return registers.holder(query);
  }
  const nowSeconds = Math.floor(clock.nowMs() / 1000);
  const question = { store, query, nowSeconds, show: showing(faults, 'payment') };
  if (first === undefined) {
    return paymentsByUids(question);
  }
  if (second === undefined) {
    return paymentByImpUid(question, first);
  }
  if (third === undefined && first === 'prepare') {
    return registers.prepared(second);
  }
  return lists(question, [first, second, third]);
}

function lists(
  question: Question,
  [first, second, third]: readonly [string, string, string | undefined],
): Answer {
  if (first === 'find') {
    return paymentByMerchantUid(question, second, third);
  }
  if (first === 'findAll') {
    return attemptsByMerchantUid(question, second, third);
  }
  if (third === undefined && first === 'status') {
    return paymentsByStatus(question, second);
  }
  return third === undefined && second === 'balance' ? balance(question, first) : noSuchPath();
}

function noSuchPath(): Answer {
  return failed(404, -1, TEXTS.no_such_path.text);
}

function methodNotAllowed(): Answer {
  return failed(405, -1, TEXTS.method_not_allowed.text);
}

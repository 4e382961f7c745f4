import { createApi } from './api.ts';
import { Bookkeeper } from './bookkeeper.ts';
import { CancelDesk } from './cancel-desk.ts';
import { SimulatedClock } from './clock.ts';
import { controls, type Parts } from './controls.ts';
import { exchange } from './exchange.ts';
import { createFaultQueue } from './fault-queue.ts';
import type { IamportSimulator, SimulatorOptions } from './interface.ts';
import { openPaymentStore } from './payment-store.ts';
import { createRaceGate } from './race-gate.ts';
import { createRegisters } from './registers.ts';
import { createRequestLog } from './request-log.ts';
import { listen, turnAway } from './server.ts';
import { createTokenDesk } from './tokens.ts';
import { Webhooks } from './webhooks.ts';

export type { ConsoleCancel } from './bookkeeper.ts';
export type { WhichFaults } from './fault-queue.ts';
export { FaultScriptError, parseFaults } from './fault-script.ts';
export {
  type Fault,
  FAULT_NAMES,
  FAULT_TABLE,
  type FaultDescription,
  type FaultGroup,
  type FaultName,
  type ScriptedFault,
} from './faults.ts';
export type { IamportSimulator, PayAgain, PendingView, SimulatorOptions } from './interface.ts';
export type { CancelHistoryEntry, IamportPayment, PaymentStatus } from './payment.ts';
export { PaymentInputError } from './payment-fields.ts';
export type { PaymentInput } from './payment-input.ts';
export type { BankAccount } from './registers.ts';
export type { RecordedRequest } from './request-log.ts';
export { CONSOLE_REASON, PG_TEXTS, TEXTS } from './texts.ts';
export type { WebhookNote, WebhookOptions } from './webhooks.ts';

/** Starts an i'mport of one's own: its rules, its texts and its bad days. */
export async function startIamportSimulator(options: SimulatorOptions): Promise<IamportSimulator> {
  const parts = createParts(options);
  const listener = await listen(options.port ?? 0, (request, response) => {
    const refusal = options.guard?.(request);
    if (refusal === undefined) void exchange(request, response, parts);
    else turnAway(response, refusal);
  });
  parts.bookkeeper.resume();
  return {
    url: `http://127.0.0.1:${listener.port}`,
    ...controls(parts),
    setDown: listener.setDown,
    isDown: listener.isDown,
    end,
  };

  async function end(): Promise<void> {
    parts.end();
    await listener.end();
    parts.store.end();
  }
}

function createParts(options: SimulatorOptions): Parts {
  const { contracts = {}, noUidStatus = 200, secondPayment = 'allowed' } = options;
  const store = openPaymentStore(options.directory);
  const clock = new SimulatedClock(options.now ?? Date.now);
  const faults = createFaultQueue();
  const webhooks = new Webhooks(clock, faults, { url: options.webhookUrl });
  const bookkeeper = new Bookkeeper(store, clock, webhooks);
  const tokens = createTokenDesk(options, () => clock.nowMs());
  const registers = createRegisters();
  const raceGate = options.concurrency === 'race' ? createRaceGate() : undefined;
  const cancelDesk = new CancelDesk({ store, clock, bookkeeper, faults, contracts, raceGate, noUidStatus });
  const ended = new AbortController();
  const end = (): void => {
    ended.abort();
    clock.end();
    webhooks.end();
    raceGate?.end();
  };
  return {
    api: createApi({ store, tokens, cancelDesk, registers, faults, clock }),
    log: createRequestLog(),
    ended: ended.signal,
    faults,
    store,
    clock,
    webhooks,
    bookkeeper,
    tokens,
    registers,
    secondPayment,
    end,
  };
}

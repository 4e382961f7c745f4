/** Hands messages that arrive at any time to whoever asks for the next one. */
export interface Mailbox<Message> {
  readonly put: (message: Message) => void;
  /** The next message, or undefined when none came within `limitMs`. One caller at a time. */
  readonly take: (limitMs: number) => Promise<Message | undefined>;
}

export function createMailbox<Message>(): Mailbox<Message> {
  const arrived: Message[] = [];
  let waiting: ((message: Message) => void) | undefined;
  return {
    put: (message) => {
      if (waiting === undefined) arrived.push(message);
      else waiting(message);
    },
    take: async (limitMs) => {
      const first = arrived.shift();
      if (first !== undefined) return first;
      const { promise, resolve } = Promise.withResolvers<Message | undefined>();
      waiting = resolve;
      const timer = setTimeout(() => resolve(undefined), limitMs);
      const message = await promise;
      clearTimeout(timer);
      waiting = undefined;
      return message;
    },
  };
}

import type { Agent, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

export interface KeptConnections {
  readonly agent: Agent;
  /** Before each request: what is left after it may be used for one. */
  readonly dropStale: () => void;
  /** With the head of each answer: it can say how long the server keeps the connection. */
  readonly heard: (head: IncomingMessage) => void;
}

/** The server's time began before ours, and the next request has its way to go (as the platform's `fetch`). */
const BEFORE_SERVER_CLOSES_MS = 1_000;

/**
 * An agent whose connections are not used again after `idleMs`, nor shortly before the server closes them: a cancel that meets
 * that is in doubt. By the clock on the wall: a frozen environment's timers stand still, and the server's go on.
 */
export function keptConnections(agent: Agent, idleMs: number, now: () => number): KeptConnections {
  const freedAtMs = new WeakMap<Socket, number>();
  const keptMs = new WeakMap<Socket, number>();
  agent.on('free', (socket: Socket) => freedAtMs.set(socket, now()));

  const isStale = (socket: Socket, atMs: number): boolean => {
    const sinceMs = atMs - (freedAtMs.get(socket) ?? 0);
    // A clock that was set back says nothing about how long it was.
    return socket.destroyed || sinceMs < 0 || sinceMs > (keptMs.get(socket) ?? idleMs);
  };
  return {
    agent,
    dropStale() {
      const atMs = now();
      for (const sockets of Object.values(agent.freeSockets)) {
        const stale = sockets?.filter((socket) => isStale(socket, atMs)) ?? [];
        for (const socket of stale) {
          socket.destroy();
          // The agent forgets it with its end only, and would hand it out until then.
          sockets?.splice(sockets.indexOf(socket), 1);
        }
      }
    },
    heard({ socket, headers }) {
      const seconds = /\btimeout=(\d+)/i.exec(String(headers['keep-alive']))?.[1];
      if (seconds === undefined) keptMs.delete(socket);
      else keptMs.set(socket, Math.min(idleMs, Number(seconds) * 1000 - BEFORE_SERVER_CLOSES_MS));
    },
  };
}

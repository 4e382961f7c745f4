import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fingerprint, keptAssembly } from '../../lib/lab/local/template/assembly.ts';
import type { LocalRunOptions } from '../../lib/lab/local/options.ts';
import { type LocalRun, startLocalRun } from '../../lib/lab/local/runner.ts';
import type { Subject } from '../../lib/lab/local/token-issuer.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const ASSEMBLIES = path.join(PROJECT, '.artifacts', 'assemblies');

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as JSON when it is JSON, otherwise as text; the test knows its type. */
  readonly body: Record<string, unknown>;
}

/** How a test uses a local run, in this process or in another. */
export interface Client {
  readonly url: string;
  /** Value of an `Authorization` header. */
  readonly signIn: (subject: Subject) => Promise<string>;
  /** `body` is sent as JSON; a string is sent unchanged. */
  readonly call: (
    method: string,
    pathAndQuery: string,
    options?: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
  ) => Promise<Answer>;
}

export interface TestRun extends LocalRun, Client {
  readonly directory: string;
}

let assembly: Promise<string> | undefined;

/** The synthesized stack, shared by all test files and runs: a synthesis takes seconds and is needed only when an input changes. */
export function sharedAssembly(): Promise<string> {
  assembly ??= (async () => {
    const kept = path.join(ASSEMBLIES, inputsOfSynthesis());
    if (existsSync(kept)) return kept;
    const made = `${kept}.${process.pid}`;
    await keptAssembly(made, { onSynthesis: () => undefined });
    // Another test file was faster.
    await rename(made, kept).catch(() => rm(made, { recursive: true }));
    await removeOlder();
    return kept;
  })();
  return assembly;
}

function inputsOfSynthesis(): string {
  const synthesis = readFileSync(path.join(PROJECT, 'lib/lab/local/template/assembly.ts'));
  return createHash('sha256').update(fingerprint(PROJECT)).update(synthesis).digest('hex').slice(0, 16);
}

const HOUR_MS = 3_600_000;

/** Keeps those of runs that may still be in progress. */
async function removeOlder(): Promise<void> {
  for (const name of await readdir(ASSEMBLIES)) {
    const directory = path.join(ASSEMBLIES, name);
    const madeAtMs = await stat(directory).then(({ mtimeMs }) => mtimeMs, Date.now);
    if (Date.now() - madeAtMs > HOUR_MS) await rm(directory, { recursive: true, force: true });
  }
}

/** A local run in this process: on a free port, in its own directory, with a resolver that runs only on request. */
export async function startTestRun(options: Partial<LocalRunOptions> = {}): Promise<TestRun> {
  const directory = options.directory ?? (await temporaryDirectory());
  const run = await startLocalRun({
    port: 0,
    resolveEverySeconds: 'never',
    ...options,
    assembly: options.assembly ?? (await sharedAssembly()),
    directory,
  });
  return {
    ...run,
    ...clientOf(run.url),
    directory,
    end: async () => {
      await run.end();
      // A directory given by the test is kept, so that the test can inspect or reuse it.
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

export function temporaryDirectory(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'refunds-local-'));
}

export interface ProcessRun extends Client {
  /** Everything printed on stdout until it was ready. */
  readonly greeting: string;
  /** Resolves to the exit status (null after `SIGKILL`) when the process has ended. */
  readonly stop: (signal: NodeJS.Signals) => Promise<number | null>;
}

/**
 * `npm start` in its own process, to be killed; `environment` adds to the necessary variables (an empty `LOCAL_ASSEMBLY`: it
 * synthesizes itself). Rejects with the status and stderr of a process that ends instead.
 */
export async function spawnLocalRun(
  directory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ProcessRun> {
  const LOCAL_ASSEMBLY = environment['LOCAL_ASSEMBLY'] ?? (await sharedAssembly());
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ['bin/local.ts'], {
    cwd: PROJECT,
    env: { PATH, HOME, PORT: '0', LOCAL_DIRECTORY: directory, LOCAL_ASSEMBLY, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const { promise: exited, resolve } = Promise.withResolvers<number | null>();
  child.once('close', resolve);
  const lines: string[] = [];
  const ready = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (line.startsWith('Ctrl-C')) ready.resolve(lines.join('\n'));
  });
  void exited.then((status) => ready.reject(new Error(`npm start ended with ${status}:\n${errors}`)));
  const greeting = await ready.promise;
  const [, url] = /API\s+(http:\S+)/.exec(greeting) ?? [];
  if (url === undefined) throw new Error(`No address in:\n${greeting}`);
  return {
    ...clientOf(url),
    greeting,
    stop: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}

function clientOf(url: string): Client {
  const call: Client['call'] = async (method, pathAndQuery, { body, headers = {} } = {}) => {
    const response = await fetch(`${url}${pathAndQuery}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parsed(text) };
  };
  return {
    url,
    call,
    signIn: async (subject) => {
      const { body } = await call('POST', '/_local/token', { body: subject });
      return `Bearer ${String(body['access_token'])}`;
    },
  };
}

/** The DynamoDB of a local run; `destroy()` ends it. */
export async function documentsOf(run: Client): Promise<DynamoDBDocumentClient> {
  const { body } = await run.call('GET', '/_local');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const [endpoint, region] = [String(body['dynamodb']), String(body['region'])];
  return DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}

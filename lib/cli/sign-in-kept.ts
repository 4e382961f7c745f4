import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { OperationsError, UsageError, type Surroundings } from './command.ts';
import { clock, shellWord } from './words.ts';

const text = v.pipe(v.string(), v.nonEmpty());

/** The sign-in data for one service address, with the token until it expires. */
const KeptSignIn = v.object({
  api: text,
  issuer: text,
  client_id: text,
  scope: v.optional(text),
  audience: v.optional(text),
  token: v.optional(v.object({ access_token: text, ends_at_ms: v.number() })),
});

export type KeptSignIn = v.InferOutput<typeof KeptSignIn>;

type Env = Surroundings['env'];

/** Reads the sign-in for this service address only: a token is sent only to the service that it was issued for. */
export async function keptSignIn(api: string, env: Env): Promise<KeptSignIn | undefined> {
  const file = fileOf(api, env);
  if (file === undefined) return undefined;
  const found = await readFile(file, 'utf8').catch(() => '');
  const kept = v.safeParse(v.pipe(v.string(), v.parseJson(), KeptSignIn), found);
  // A file system may treat the names of two addresses as equal.
  return kept.success && kept.output.api === api ? kept.output : undefined;
}

/** @throws UsageError if there is no folder for it */
export async function keepSignIn(signIn: KeptSignIn, env: Env): Promise<void> {
  const file = fileOf(signIn.api, env);
  if (file === undefined)
    throw new UsageError('There is no place to keep a token: set XDG_STATE_HOME or HOME to a folder.');
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  // Write a new file with its mode and rename it; a concurrent reader sees the complete old file.
  const fresh = `${file}.${randomUUID()}`;
  await writeFile(fresh, `${JSON.stringify(signIn)}\n`, { mode: 0o600, flag: 'wx' });
  await rename(fresh, file);
}

export async function forgetSignIn(api: string, env: Env): Promise<void> {
  const file = fileOf(api, env);
  if (file !== undefined) await rm(file, { force: true });
}

/** Undefined: nobody has signed in. An expired token is deleted. @throws OperationsError if the token has expired */
export async function keptToken(
  api: string,
  { env, nowMs }: Pick<Surroundings, 'env' | 'nowMs'>,
): Promise<string | undefined> {
  const kept = await keptSignIn(api, env);
  if (kept === undefined) return undefined;
  const { token, ...how } = kept;
  if (token !== undefined && nowMs() < token.ends_at_ms) return token.access_token;
  if (token !== undefined) await keepSignIn(how, env);
  const until = token === undefined ? '' : ` (${clock(token.ends_at_ms)})`;
  throw new OperationsError(
    `Your sign-in at ${api} has ended${until}.`,
    `Sign in again: npm run --silent refunds -- sign-in --api ${shellWord(api)}`,
  );
}

/** https://specifications.freedesktop.org/basedir-spec/latest/ (relative paths are ignored), and Windows's own place. */
function fileOf(api: string, { XDG_STATE_HOME, LOCALAPPDATA, HOME }: Env): string | undefined {
  const places = [XDG_STATE_HOME, LOCALAPPDATA, HOME && path.join(HOME, '.local', 'state')];
  const folder = places.find((place) => place !== undefined && path.isAbsolute(place));
  return folder && path.join(folder, 'iamport-refunds', 'sign-ins', `${encodeURIComponent(api)}.json`);
}

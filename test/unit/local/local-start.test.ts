import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSettings } from '../../../lib/lab/local/options.ts';
import { fingerprint, keptAssembly } from '../../../lib/lab/local/template/assembly.ts';
import { sharedAssembly, spawnLocalRun, temporaryDirectory } from '../../support/local-run.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A directory that is deleted after the test. */
async function ownDirectory(): Promise<string> {
  const directory = await temporaryDirectory();
  // The compile cache is written last, after the port is closed.
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return directory;
}

describe('the environment of npm start', () => {
  const SECRET = `whsec_${Buffer.alloc(24, 'k').toString('base64')}`;
  const URL = 'http://127.0.0.1:9/path';
  it.for<readonly [string, string, object]>([
    ['PORT', '0', { port: 0 }],
    ['PORT', '', { port: 3000 }],
    ['LOCAL_DIRECTORY', 'elsewhere', { directory: 'elsewhere' }],
    ['LOCAL_DIRECTORY', '', { directory: '.local' }],
    ['LOCAL_ASSEMBLY', 'cdk.out', { assembly: 'cdk.out' }],
    ['IAMPORT_API_URL', `${URL}/`, { iamportApiUrl: URL }],
    ['IAMPORT_API_URL', ' ', { iamportApiUrl: undefined }],
    ['AWS_ENDPOINT_URL_DYNAMODB', `${URL}/`, { dynamodbUrl: URL }],
    ['RESOLVE_EVERY_SECONDS', '1', { resolveEverySeconds: 1 }],
    ['QUIET_PERIOD_SECONDS', '2', { quietPeriodSeconds: 2 }],
    // As it is: a receiver may answer another path with a redirect, which is not followed.
    ['EVENTS_URL', `${URL}/`, { eventsUrl: `${URL}/` }],
    ['EVENTS_SECRET', SECRET, { eventsSecret: SECRET }],
    ['ALLOWED_ORIGINS', 'http://a:5173, https://b', { allowedOrigins: ['http://a:5173', 'https://b'] }],
  ])('%s=%j is read as %j', ([name, value, setting]) => {
    const key = { IAMPORT_IMP_KEY: 'key', IAMPORT_IMP_SECRET: 'secret' };
    expect(readSettings({ ...key, [name]: value })).toMatchObject({
      impKey: 'key',
      impSecret: 'secret',
      ...setting,
    });
  });

  it.for([
    ['PORT', '65536', 'PORT must be a whole number from 0 to 65535, not "65536"'],
    ['PORT', '1e3', 'PORT must be a whole number'],
    ['RESOLVE_EVERY_SECONDS', '0', 'RESOLVE_EVERY_SECONDS must be a whole number from 1 to 86400'],
    ['QUIET_PERIOD_SECONDS', '1.5', 'QUIET_PERIOD_SECONDS must be a whole number from 1 to 86400'],
    [
      'AWS_ENDPOINT_URL_DYNAMODB',
      'ftp://x',
      'AWS_ENDPOINT_URL_DYNAMODB must be an http:// or https:// address',
    ],
    ['EVENTS_URL', 'http://user@127.0.0.1:9', 'EVENTS_URL must name no user and no password'],
    ['EVENTS_SECRET', `whsec_${btoa('x'.repeat(23))}`, 'EVENTS_SECRET must be whsec_ and 24 to 64 bytes'],
    ['EVENTS_SECRET', 'whsec_not base64!', 'EVENTS_SECRET must be whsec_ and 24 to 64 bytes'],
    ['ALLOWED_ORIGINS', 'https://shop.example/a', '"https://shop.example/a"; perhaps https://shop.example'],
    ['ALLOWED_ORIGINS', 'https://*', 'must be exact origins'],
    ['ALLOWED_ORIGINS', 'null', 'must be exact origins'],
    ['IAMPORT_IMP_KEY', 'key', 'IAMPORT_IMP_KEY and IAMPORT_IMP_SECRET must be given together'],
  ] as const)(
    '%s=%s is refused, and the message names the variable and its rule',
    ([name, value, message]) => {
      expect(() => readSettings({ [name]: value })).toThrow(message);
    },
  );
});

describe('the kept stack', () => {
  it.for([
    ['functions/http/body.ts', true],
    ['lib/stack/api.ts', true],
    ['cdk.json', true],
    ['bin/refund-service.ts', true],
    ['lib/lab/local/runner.ts', false],
    ['README.md', false],
  ] as const)('a new, changed or deleted %s causes a new synthesis: %s', async ([file, isInput]) => {
    const project = await ownDirectory();
    const place = path.join(project, file);
    await mkdir(path.dirname(place), { recursive: true });
    const prints = [fingerprint(project)];
    await writeFile(place, 'as it was');
    prints.push(fingerprint(project));
    await writeFile(place, 'as it is!');
    prints.push(fingerprint(project));
    expect(new Set(prints).size).toBe(isInput ? 3 : 1);
    await rm(place);
    expect(fingerprint(project)).toBe(prints[0]);
  });

  it('the kept stack is built once, and again without the stamp of its inputs', async () => {
    const directory = await ownDirectory();
    let syntheses = 0;
    const kept = (signal?: AbortSignal) =>
      keptAssembly(directory, { onSynthesis: () => (syntheses += 1), signal });
    // Two at once, as when a killed run has left its synthesis behind.
    await Promise.all([kept(), kept()]);
    await kept();
    expect(syntheses).toBe(2);
    await rm(path.join(directory, 'made-from.txt'));
    await expect(kept(AbortSignal.abort())).rejects.toThrow('aborted');
    expect(syntheses).toBe(3);
  });
});

describe('the process of npm start', () => {
  /** Less than the 5 s for which node keeps an idle connection: a stop must not wait for one. */
  const STOP_MS = 4_500;

  const isGone = (url: string): Promise<boolean> =>
    fetch(url).then(
      () => false,
      () => true,
    );

  it('the commands that it prints make a refund, which a kill -9 does not lose, and SIGTERM ends it with 0', async () => {
    const directory = await ownDirectory();
    const first = await spawnLocalRun(directory);
    const pasted = first.greeting.split('\n').filter((line) => /^(TOKEN=|curl )/.test(line));
    const { stdout } = await promisify(execFile)('sh', ['-c', pasted.join('\n')]);
    const refunded = { imp_uid: expect.any(String) as unknown, cancel_amount: 10_000 };
    expect(JSON.parse(stdout)).toMatchObject({ ...refunded, refund: { status: 'cancelled' } });
    const { imp_uid, merchant_uid } = JSON.parse(stdout) as { imp_uid: string; merchant_uid: string };
    const headers = { authorization: await first.signIn({ sub: 'demo-customer' }) };
    expect(await first.stop('SIGKILL')).toBeNull();
    const second = await spawnLocalRun(directory);
    // The token is valid, too.
    expect((await second.call('GET', `/payments/${merchant_uid}`, { headers })).body).toMatchObject(refunded);
    expect((await second.call('GET', `/_local/iamport/${imp_uid}`)).body).toMatchObject(refunded);
    expect(await second.stop('SIGTERM')).toBe(0);
    expect(await isGone(second.url)).toBe(true);
  });

  it('a wrong setting and a port in use are reported', async () => {
    const directory = await ownDirectory();
    await expect(spawnLocalRun(directory, { PORT: '70000' })).rejects.toThrow(
      /ended with 1:\nPORT must be a whole number from 0 to 65535, not "70000"\n$/,
    );
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const second = spawnLocalRun(directory, { PORT: String(port) });
    await expect(second).rejects.toThrow(`Port ${port} is in use`);
  });

  // As in a shell, with npm's process in between: SIGTERM reaches only npm, Ctrl-C (SIGINT) reaches all processes.
  it.for<readonly [string, (npm: number) => void]>([
    ['SIGTERM to npm', (npm) => process.kill(npm, 'SIGTERM')],
    ['Ctrl-C', (npm) => process.kill(-npm, 'SIGINT')],
  ])('%s stops everything', async ([, stop]) => {
    const settings = {
      PORT: '0',
      LOCAL_DIRECTORY: await ownDirectory(),
      LOCAL_ASSEMBLY: await sharedAssembly(),
    };
    const npm = spawn('npm', ['start'], {
      cwd: ROOT,
      env: { ...process.env, ...settings },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const { promise, resolve } = Promise.withResolvers<string>();
    createInterface({ input: npm.stdout }).on('line', (line) => {
      const [, url] = /API\s+(http:\S+)/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
    const url = await promise;
    expect(await isGone(url)).toBe(false);
    stop(npm.pid ?? 0);
    await expect.poll(() => isGone(url), { timeout: STOP_MS }).toBe(true);
  });

  it('SIGTERM during the start ends it at once with one line, also during the synthesis', async () => {
    const LOCAL_DIRECTORY = await ownDirectory();
    const child = spawn(process.execPath, ['bin/local.ts'], {
      cwd: ROOT,
      env: { ...process.env, PORT: '0', LOCAL_DIRECTORY, TMPDIR: LOCAL_DIRECTORY },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [ended, errors] = [new Promise((resolve) => child.once('close', resolve)), textOf(child.stderr)];
    const isSynthesizing = async () =>
      (await readdir(LOCAL_DIRECTORY)).some((name) => name.startsWith('refunds-assembly-'));
    await expect.poll(isSynthesizing).toBe(true);
    child.kill('SIGTERM');
    expect([await ended, await errors]).toEqual([1, 'Stopped\n']);
    // The synthesis was not waited for.
    expect(existsSync(path.join(LOCAL_DIRECTORY, 'assembly'))).toBe(false);
  });
});

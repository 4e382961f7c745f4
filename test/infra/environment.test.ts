import { describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../functions/runtime/environment.ts';
import { allPapers, filesIn, namesIn, readPaper as read } from '../support/papers.ts';

describe('every variable of the functions', () => {
  it.each(Object.keys(ENVIRONMENT))('the variable %s is set by the stack and read by a function', (name) => {
    const given = new RegExp(`\\bENVIRONMENT\\.${name}\\b`);
    expect(read('lib/stack/functions.ts')).toMatch(given);
    expect(read('functions/runtime/config.ts')).toMatch(new RegExp(`^ {2}${name}[:,]`, 'm'));
  });
});

describe('every setting and every prop of the construct', () => {
  const DEPLOY = 'lib/stack/DEPLOY.md';
  const LISTS = ['lib/stack/settings.ts', 'lib/stack/configuration.ts'];
  const stack = filesIn(['lib/stack', 'bin'], '.ts')
    .filter((file) => !LISTS.includes(file))
    .map(read)
    .join('\n');

  it('every setting and prop is read by the stack, beyond its rule, default and documentation', () => {
    const names = [...namesIn(DEPLOY, 'key'), ...namesIn(DEPLOY, 'prop')];
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !new RegExp(`[.{,]\\s*${name}\\b`).test(stack))).toEqual([]);
  });

  it('the functions use every part of their configuration', () => {
    const config = read('functions/runtime/config.ts');
    const [, own = ''] = config.split('export function readConfig');
    const settings = read('functions/refund/settings.ts');
    const names = [
      ...Object.keys(ENVIRONMENT),
      ...[...settings.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = '']) => name),
    ];
    const users = filesIn(['functions'], '.ts').filter(
      (file) => !/\/(settings|config|environment)\.ts$/.test(file),
    );
    const used = users.map(read).join('\n') + settings.slice(settings.indexOf('export function')) + own;
    expect(names.filter((name) => !new RegExp(`[.{,]\\s*${name}\\b`).test(used))).toEqual([]);
  });
});

/** Variables that Lambda, npm, the CDK's command or the desktop set, and nobody sets by hand. */
const GIVEN =
  /^(AWS_LAMBDA_\w+|_X_AMZN_TRACE_ID|AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|npm_\w+|CDK_\w+|(WAYLAND_)?DISPLAY|LOCALAPPDATA)$/;

/** `env['NAME']`, `text(environment, 'NAME')`, `const { NAME } = process.env`. The stack's own go by `ENVIRONMENT.…`. */
function variablesIn(text: string): readonly string[] {
  const byName = [...text.matchAll(/\benv(?:ironment)?(?:\[|, )'(\w+)'/g)];
  const apart = [...text.matchAll(/\{([^{}]*)\} = process\.env\b/g)];
  const parts = apart.flatMap(([, names = '']) => [...names.matchAll(/(?:^|,)\s*(\w+)/g)]);
  return [...byName, ...parts].map(([, name = '']) => name);
}

describe('every variable that is read', () => {
  const found = filesIn(['bin', 'lib', 'functions'], '.ts').flatMap((file) => variablesIn(read(file)));
  const names = [...new Set(found)].filter((name) => !GIVEN.test(name)).toSorted();

  it('every variable that is read is found in the code by this test', () => {
    expect(names).toEqual(expect.arrayContaining(['PORT', 'LOCAL_ASSEMBLY', 'REFUNDS_TOKEN', 'AWS_REGION']));
  });

  it('every variable that is read is documented', () => {
    const papers = allPapers().map(read);
    const isNamed = (name: string) => papers.some((text) => text.includes(`\`${name}\``));
    expect(names.filter((name) => !isNamed(name))).toEqual([]);
  });
});

import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CODES } from '../../functions/http/codes.ts';
import { ListedRefund } from '../../functions/http/listed.ts';
import { EVENT_TYPES, EventDetail } from '../../functions/http/refund-events.ts';
import { DEFAULT_ORDER_ATTRIBUTES } from '../../functions/ledger/keys.ts';
import { ENVIRONMENT } from '../../functions/runtime/environment.ts';
import { commandNamed, givenTo } from '../../lib/cli/arguments.ts';
import { COMMANDS } from '../../lib/cli/refunds.ts';
import { FAULT_TABLE } from '../../lib/lab/simulator/simulator.ts';
import { settingsOf } from '../../lib/stack/configuration.ts';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import { outputsOf } from '../../lib/stack/refund-service.ts';
import { ROUTES } from '../../lib/stack/routes.ts';
import {
  allPapers,
  blocksIn,
  deadLinks,
  filesIn,
  linksIn,
  namesIn,
  quotedIn,
  readPaper as read,
  refundsCommandsIn,
  tableOf,
} from '../support/papers.ts';
import { wordsOf } from '../unit/cli/command-line.ts';
import { cdkContext, stackWith } from './support.ts';

const DEPLOY = 'lib/stack/DEPLOY.md';
const LAB = 'lib/lab/README.md';
const READMES = ['README.md', 'README.ko.md'];

const WORKFLOWS = filesIn(['.github/workflows'], '.yml');
const { scripts: SCRIPTS, version: VERSION } = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly version: string;
};

describe('every document', () => {
  it.each(allPapers())('all links in %s lead to existing files and headings', (paper) => {
    expect(deadLinks(paper)).toEqual([]);
  });

  it('all shown refunds commands are valid', () => {
    const papers = allPapers().filter((paper) => !paper.includes('CHANGELOG'));
    const commands = papers.flatMap((paper) => refundsCommandsIn(read(paper)));
    expect(commands.length).toBeGreaterThan(20);
    for (const line of commands) {
      const [name = '', ...words] = wordsOf(line.replaceAll(/"\$(\w+)"/g, '$1'));
      expect(() => givenTo(commandNamed(name, COMMANDS), words), line).not.toThrow();
    }
  });

  it('all named npm scripts exist, and none of installation, which must not need the development tools', () => {
    const files = allPapers().filter((paper) => !paper.includes('CHANGELOG'));
    const named = [...files, ...WORKFLOWS, '.ci/run'].flatMap((file) =>
      [...read(file).matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name = '']) => name),
    );
    const scripts = Object.keys(SCRIPTS);
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
    const ofInstall = ['preinstall', 'install', 'postinstall', 'prepublish', 'prepare'];
    expect(scripts.filter((name) => ofInstall.includes(name))).toEqual([]);
  });
});

describe('the rows and sections that comments name', () => {
  const sources = filesIn(['bin', 'functions', 'lib', 'test'], '.ts').filter(
    (file) => !file.endsWith('papers.test.ts'),
  );
  const PROTOCOL = read('functions/protocol/PROTOCOL.md');
  const ROW = String.raw`\d{1,2}[a-e]?'?`;
  const ROWS = new Set([...PROTOCOL.matchAll(/^\| (\d{1,2}[a-e]?'?) /gm)].map(([, row = '']) => row));

  /** The rows that a text names: "row 7d", "rows 4 to 6, 9", "row 8'". */
  function rowsIn(text: string): readonly string[] {
    const list = new RegExp(String.raw`\brows? (${ROW}(?:(?:, | and | to | or )${ROW}\b'?)*)`, 'gi');
    return [...text.matchAll(list)].flatMap(([, rows = '']) => rows.split(/, | and | to | or /));
  }

  function cited(paper: RegExp, text: string): readonly string[] {
    const lists = text.matchAll(
      new RegExp(String.raw`${paper.source} (\d+(?:(?:, | and | to |-)\d+)*)`, 'g'),
    );
    return [...lists].flatMap(([, numbers = '']) => numbers.split(/\D+/));
  }

  it('every row that a comment names exists in PROTOCOL.md', () => {
    expect(ROWS.size).toBeGreaterThan(15);
    const unknown = sources.flatMap((file) =>
      rowsIn(read(file))
        .filter((row) => !ROWS.has(row))
        .map((row) => `${file}: row ${row}`),
    );
    expect(unknown).toEqual([]);
  });

  it('every row of PROTOCOL.md is named in the code', () => {
    const inCode = sources
      .filter((file) => file.startsWith('functions/'))
      .flatMap((file) => rowsIn(read(file)));
    expect([...ROWS].filter((row) => !inCode.includes(row))).toEqual([]);
  });

  it.each([
    ['IAMPORT', 'functions/iamport/IAMPORT.md', 12],
    ['PG-FACTS', 'functions/refund/pg/PG-FACTS.md', 5],
  ])('every section of %s that a comment names exists', (name, paper, least) => {
    const sections = new Set([...read(paper).matchAll(/^## (\d+)\. /gm)].map(([, section = '']) => section));
    expect(sections.size).toBeGreaterThanOrEqual(least);
    const found = sources.flatMap((file) =>
      cited(new RegExp(name), read(file)).map((section) => ({ file, section })),
    );
    expect(found.length).toBeGreaterThan(10);
    expect(found.filter(({ section }) => !sections.has(section))).toEqual([]);
  });
});

describe.each(READMES)('%s', (paper) => {
  it('the README has at most 160 lines and links every other document once', () => {
    expect(read(paper).trimEnd().split('\n').length).toBeLessThanOrEqual(paper === 'README.md' ? 160 : 170);
    const links = linksIn(read(paper)).filter((link) => link.endsWith('.md'));
    expect(links).toEqual([...new Set(links)]);
    const ofItsLanguage = (link: string) => link.replace('.ko.md', '.md');
    const papers = allPapers().filter((each) => !each.includes('.ko.md') && each !== 'README.md');
    expect(
      links
        .map(ofItsLanguage)
        .filter((link) => link !== 'README.md')
        .toSorted(),
    ).toEqual(papers.toSorted());
  });

  it('the README lists every error code with its status', () => {
    const first = paper === 'README.md' ? 'status' : '상태';
    const told = tableOf(paper, first).flatMap(([statuses = '', codes = '']) =>
      quotedIn(codes).map((code) => `${code} ${Number(statuses)}`),
    );
    const known = Object.entries(CODES).map(([code, { status }]) => `${code} ${status}`);
    expect(told.toSorted()).toEqual(known.toSorted());
  });
});

describe('the two readmes', () => {
  /** Everything except prose: quoted texts and comments are in the language of the document. */
  function shape(paper: string) {
    const text = read(paper);
    const found = (pattern: RegExp): readonly string[] => [...text.matchAll(pattern)].map(([all]) => all);
    const plain = (block: string) =>
      block.replaceAll(/"reason":"[^"]*"|'[^']*'|\/\/ .*|>[^<\n]+<\/button>/g, '…');
    return {
      headings: found(/^#+ /gm),
      shell: blocksIn(text, 'sh').map(plain),
      html: blocksIn(text, 'html').map(plain),
      arrows: found(/^ {2}\w(?:->>|-->>|--x)\w:/gm),
      rows: found(/^\|(?: \d+ \|[^|]*\|)?/gm),
      steps: found(/^\d+\. /gm),
      names: quotedIn(text.replaceAll(/^```[\s\S]*?^```/gm, '')).toSorted(),
      links: linksIn(text)
        .filter((link) => !link.startsWith('README'))
        .map((link) => link.replace('.ko.md', '.md'))
        .toSorted(),
    };
  }

  it('both READMEs have the same headings, commands, snippets, pictures, tables, names and links', () => {
    const english = shape('README.md');
    expect(english.arrows.length).toBeGreaterThan(8);
    expect(shape('README.ko.md')).toEqual(english);
  });
});

describe('DEPLOY.md', () => {
  const context = Object.entries(cdkContext()).filter(([key]) => /^\w+$/.test(key));

  it('DEPLOY.md lists every setting with its default', () => {
    expect(namesIn(DEPLOY, 'key').toSorted()).toEqual(context.map(([key]) => key).toSorted());
    const rows = tableOf(DEPLOY, 'key');
    for (const [key, value] of context) {
      const [, told = ''] = rows.find(([names = '']) => quotedIn(names).includes(key)) ?? [];
      const values = [value].flat().filter((each) => each !== '' && typeof each !== 'object');
      for (const each of values) expect(told, key).toContain(String(each));
    }
  });

  it('DEPLOY.md marks the settings that are not props of the construct', () => {
    const marked = tableOf(DEPLOY, 'key').flatMap(([names = '']) =>
      [...names.matchAll(/`(\w+)` ¹/g)].map(([, name = '']) => name),
    );
    const props = Object.keys(settingsOf({}, 'Shop'));
    expect(marked.toSorted()).toEqual(
      context
        .map(([key]) => key)
        .filter((key) => !props.includes(key))
        .toSorted(),
    );
  });

  it('DEPLOY.md lists every prop that is not a setting', () => {
    const source = read('lib/stack/settings.ts');
    const [, , own = ''] = /^(.*)interface RefundServiceProps(.*)$/s.exec(source) ?? [];
    const props = [...own.matchAll(/^ {2}readonly (\w+)\?/gm)].map(([, name = '']) => name);
    expect(props.length).toBeGreaterThan(4);
    expect(namesIn(DEPLOY, 'prop').toSorted()).toEqual(props.toSorted());
  });

  it('DEPLOY.md lists every output', () => {
    const { service } = stackWith({ eventsUrl: 'https://shop.example/events' });
    const outputs = Object.keys(outputsOf(service));
    expect(namesIn(DEPLOY, 'output').toSorted()).toEqual(
      [...outputs, 'FrontDoorUrl', 'OrderAttributes', 'StaffDeskUrl'].toSorted(),
    );
  });

  it('DEPLOY.md lists every event and the fields of its detail', () => {
    expect(namesIn(DEPLOY, 'event')).toEqual(Object.keys(EVENT_TYPES));
    const own = Object.keys(EventDetail.entries).filter((field) => !(field in ListedRefund.entries));
    expect(namesIn(DEPLOY, 'field').toSorted()).toEqual(expect.arrayContaining(own));
  });

  it('DEPLOY.md lists every refunds command with its summary, and every command file is in the list', () => {
    const first = '`refunds`';
    const told = tableOf(DEPLOY, first).map(([name = '', summary]) => [quotedIn(name)[0], summary]);
    expect(told).toEqual(COMMANDS.map(({ name, summary }) => [name, summary]));
    const files = filesIn(['lib/cli/commands'], '.ts').map((file) => path.basename(file, '.ts'));
    expect(files.toSorted()).toEqual(COMMANDS.map(({ name }) => name).toSorted());
  });

  it('the API description lists every route', () => {
    const { paths } = JSON.parse(read('lib/openapi/openapi.json')) as {
      readonly paths: Readonly<Record<string, object>>;
    };
    const described = Object.entries(paths).flatMap(([route, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${route}`),
    );
    expect(described.toSorted()).toEqual(Object.keys(ROUTES).toSorted());
  });

  it('DEPLOY.md lists the order attributes, the throttles and the functions', () => {
    const attributes = tableOf(DEPLOY, 'attribute').map(([name = '', prop = '']) => [
      quotedIn(prop)[0],
      quotedIn(name)[0],
    ]);
    expect(attributes).toEqual(Object.entries(DEFAULT_ORDER_ATTRIBUTES));
    const throttles = tableOf(DEPLOY, 'route').map(([route = '', ...limits]) => [
      quotedIn(route)[0],
      ...limits.map(Number),
    ]);
    const known = Object.entries(ROUTES).map(([route, { throttle }]) => [
      route,
      throttle.rate,
      throttle.burst,
    ]);
    expect(throttles).toEqual(known);
    const line = /^Functions that `concurrency` can name: (.*)$/m.exec(read(DEPLOY))?.[1] ?? '';
    expect(quotedIn(line)).toEqual(FUNCTION_NAMES);
  });
});

describe('lib/lab/README.md', () => {
  it('lib/lab/README.md lists every environment variable', () => {
    const source = read('lib/lab/local/options.ts');
    const named = [...source.matchAll(/environment, '([A-Z_]+)'/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(8);
    expect(namesIn(LAB, 'variable').toSorted()).toEqual([...new Set(named)].toSorted());
  });

  it('lib/lab/README.md lists every control', () => {
    const sources = filesIn(['lib/lab/local/controls'], '.ts').map(read).join('\n');
    const routes = [...sources.matchAll(/(?:control|simulated)\(\s*'([A-Z]+ \/_local[^']*)'/g)].map(
      ([, route = '']) => route,
    );
    expect(routes.length).toBeGreaterThan(20);
    expect(namesIn(LAB, 'control').toSorted()).toEqual(routes.toSorted());
  });

  it('lib/lab/README.md lists every fault with the simulator’s description', () => {
    const known = Object.entries(FAULT_TABLE).map(([name, { group, parameters, en }]) => [
      `\`${name}\``,
      group,
      parameters.map((parameter) => `\`${parameter}\``).join(' '),
      en.replaceAll('&', '&amp;'),
    ]);
    expect(tableOf(LAB, 'fault')).toEqual(known);
  });
});

it('the client’s README lists every outcome of the client', () => {
  const source = read('lib/client/outcomes.ts');
  const kinds = [...source.matchAll(/^ {2}readonly kind: '(\w+)';/gm)].map(([, kind = '']) => kind);
  expect(kinds.length).toBeGreaterThan(6);
  expect(namesIn('lib/packages/client-README.md', 'outcome').toSorted()).toEqual(kinds.toSorted());
});

it('CONTRIBUTING.md lists every npm script', () => {
  const told = namesIn('CONTRIBUTING.md', 'command').map(
    (command) => /^npm (?:run )?([\w:-]+)/.exec(command)?.[1] ?? command,
  );
  expect(told.toSorted()).toEqual(Object.keys(SCRIPTS).toSorted());
});

describe('every variable of the functions', () => {
  it.each(Object.keys(ENVIRONMENT))('the variable %s is set by the stack and read by a function', (name) => {
    const given = new RegExp(`\\bENVIRONMENT\\.${name}\\b`);
    expect(read('lib/stack/functions.ts')).toMatch(given);
    expect(read('functions/runtime/config.ts')).toMatch(new RegExp(`^ {2}${name}[:,]`, 'm'));
  });
});

describe('every setting and every prop of the construct', () => {
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

describe('the GitHub workflows', () => {
  it('every action is pinned to a commit, with its version in a comment', () => {
    expect(WORKFLOWS.length).toBeGreaterThan(2);
    const uses = WORKFLOWS.flatMap((file) => read(file).match(/uses: .+$/gm) ?? []);
    expect(uses.length).toBeGreaterThan(5);
    expect(uses.filter((line) => !/^uses: [\w./-]+@[0-9a-f]{40} # v[\d.]+$/.test(line))).toEqual([]);
  });

  it('a job has read permission, and any other permission has a reason', () => {
    for (const file of WORKFLOWS) expect(read(file), file).toMatch(/^permissions:\n {2}contents: read$/m);
  });

  it('packages are signed in a job that runs no code of the repository', () => {
    const jobs = WORKFLOWS.flatMap(
      (file) =>
        read(file)
          .split(/^jobs:$/m)[1]
          ?.split(/^ {2}(?=\w+:$)/m) ?? [],
    );
    const signing = jobs.filter((job) => job.includes('id-token: write'));
    expect(signing).toHaveLength(1);
    for (const job of signing) expect(job).not.toMatch(/run:|actions\/checkout/);
  });
});

it('the version has its entry in the changelog, with a date if it is released', () => {
  const heading = String.raw`^## \[${VERSION.replaceAll('.', String.raw`\.`)}\] - (\d{4}-\d{2}-\d{2}|unreleased)$`;
  expect(read('CHANGELOG.md')).toMatch(new RegExp(heading, 'm'));
  expect(read('package-lock.json')).toContain(`"version": "${VERSION}"`);
});

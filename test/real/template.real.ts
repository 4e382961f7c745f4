import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { command } from './support/command.ts';
import { REGION } from './support/servers.ts';
import { synthesized, type Synthesized } from './support/assembly.ts';
import { ACCEPTED } from '../infra/findings.ts';

const tools = process.env['PYTHON_TOOLS'] ?? '';

/** The template with every resource that a setting can add. */
let stack: Synthesized;
beforeAll(async () => {
  const webAclArn =
    'arn:aws:wafv2:us-east-1:111111111111:global/webacl/shop/1234abcd-12ab-34cd-56ef-1234567890ab';
  stack = await synthesized({ staffDesk: true, webAclArn });
});
afterAll(async () => stack.end());

interface Finding {
  readonly rule: string;
  readonly resource: string;
  readonly text: string;
}

const LintFindings = v.array(
  v.object({
    Rule: v.object({ Id: v.string() }),
    Message: v.string(),
    Location: v.object({ Path: v.array(v.union([v.string(), v.number()])) }),
  }),
);

async function lint(): Promise<readonly Finding[]> {
  const options = ['--format', 'json', '--regions', REGION];
  const { stdout } = await command(`${tools}/cfn-lint`, [stack.file, ...options]);
  return v.parse(LintFindings, JSON.parse(stdout)).map(({ Rule, Message, Location }) => ({
    rule: Rule.Id,
    resource: String(Location.Path[1]),
    text: Message,
  }));
}

const CheckovReport = v.object({
  results: v.object({
    failed_checks: v.array(v.object({ check_id: v.string(), check_name: v.string(), resource: v.string() })),
  }),
  summary: v.object({ passed: v.number(), parsing_errors: v.literal(0) }),
});

async function check(): Promise<readonly Finding[]> {
  const options = '--framework cloudformation --output json --quiet --compact --skip-download'.split(' ');
  const { stdout } = await command(`${tools}/checkov`, ['--file', stack.file, ...options]);
  const { results, summary } = v.parse(CheckovReport, JSON.parse(stdout));
  // An unreadable template has no findings, too, so check that it was read.
  expect(summary.passed).toBeGreaterThan(100);
  return results.failed_checks.map(({ check_id: rule, check_name: text, resource }) => ({
    rule,
    text,
    resource: resource.slice(resource.lastIndexOf('.') + 1),
  }));
}

function isAccepted({ rule, resource }: Finding): boolean {
  return ACCEPTED.some(
    ([rules, resources]) => rules.includes(rule) && resources.some((begin) => resource.startsWith(begin)),
  );
}

const seen = new Set<string>();

it.each([
  ['cfn-lint', lint],
  ['checkov', check],
])('%s finds nothing in the template that is not accepted with a reason', async (_name, find) => {
  const findings = await find();
  for (const { rule } of findings) seen.add(rule);
  expect(findings.filter((finding) => !isAccepted(finding))).toEqual([]);
});

it('every accepted finding of theirs still exists', () => {
  // The other rules are those of cdk-nag.
  const theirs = ACCEPTED.flatMap(([rules]) => rules).filter((rule) => /^(W\d|CKV_)/.test(rule));
  expect([...seen].toSorted()).toEqual(theirs.toSorted());
});

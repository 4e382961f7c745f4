import { describe, expect, it } from 'vitest';
import { CODES, PROBLEM_CODES } from '../../../functions/http/codes.ts';
import { openApiDocument } from '../../../lib/openapi/document.ts';
import { REFUSALS } from './refusals.ts';

const described = JSON.stringify(openApiDocument('1').paths);

describe.each(PROBLEM_CODES)('the code %s', (code) => {
  it('the code has an error status, a title, and texts in both languages', () => {
    const { status, title, en, ko } = CODES[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title).toMatch(/^[A-Z]/);
    expect(en).toMatch(/^[\x20-\x7e]+\.$/);
    expect(ko).toMatch(/[가-힣].*\.$/);
  });

  it('the code has a sample that is checked against the description', () => {
    // The code of an internal error has no refusal, because no decision makes it.
    expect(REFUSALS.some((refusal) => refusal.code === code)).toBe(code !== 'INTERNAL_ERROR');
  });

  it('the code is described at a route under its status', () => {
    expect(described).toContain(`\`${code}\``);
  });
});

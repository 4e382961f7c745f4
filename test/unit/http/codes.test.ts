import { describe, expect, it } from 'vitest';
import { CODES, PROBLEM_CODES } from '../../../functions/http/codes.ts';
import { openApiDocument } from '../../../lib/openapi/document.ts';
import { REFUSALS } from './refusals.ts';

const described = JSON.stringify(openApiDocument('1').paths);

describe.each(PROBLEM_CODES)('the code %s', (code) => {
  it('has a status of an error, a title, and texts in both languages', () => {
    const { status, title, en, ko } = CODES[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title).toMatch(/^[A-Z]/);
    expect(en).toMatch(/^[\x20-\x7e]+\.$/);
    expect(ko).toMatch(/[가-힣].*\.$/);
  });

  it('has a sample that the tests hold against the description', () => {
    // Nothing decides an internal error, so there is no refusal of it.
    expect(REFUSALS.some((refusal) => refusal.code === code)).toBe(code !== 'INTERNAL_ERROR');
  });

  it('is described at a route, under its status', () => {
    expect(described).toContain(`\`${code}\``);
  });
});

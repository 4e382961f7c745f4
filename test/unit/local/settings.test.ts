import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../lib/lab/local/options.ts';

describe('the environment of npm start', () => {
  it('npm start needs no variable', () => {
    expect(readSettings({})).toMatchObject({ port: 3000, directory: '.local', iamportApiUrl: undefined });
  });

  it('an empty variable counts as not set', () => {
    expect(readSettings({ PORT: '', IAMPORT_API_URL: ' ' })).toEqual(readSettings({}));
  });

  it('npm start reads all its variables', () => {
    const environment = {
      PORT: '0',
      LOCAL_DIRECTORY: 'elsewhere',
      LOCAL_ASSEMBLY: 'cdk.out',
      IAMPORT_API_URL: 'http://127.0.0.1:9/',
      IAMPORT_IMP_KEY: 'key',
      IAMPORT_IMP_SECRET: 'secret',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000',
      RESOLVE_EVERY_SECONDS: '1',
      QUIET_PERIOD_SECONDS: '2',
      EVENTS_URL: 'http://127.0.0.1:9/events/',
      ALLOWED_ORIGINS: 'http://localhost:5173, https://shop.example',
    };
    expect(readSettings(environment)).toEqual({
      port: 0,
      directory: 'elsewhere',
      assembly: 'cdk.out',
      iamportApiUrl: 'http://127.0.0.1:9',
      impKey: 'key',
      impSecret: 'secret',
      dynamodbUrl: 'http://127.0.0.1:8000',
      resolveEverySeconds: 1,
      quietPeriodSeconds: 2,
      // As it is: a receiver may answer another path with a redirect, which is not followed.
      eventsUrl: 'http://127.0.0.1:9/events/',
      allowedOrigins: ['http://localhost:5173', 'https://shop.example'],
    });
  });

  it.each([
    ['PORT', '65536', 'PORT must be a whole number from 0 to 65535, not "65536"'],
    ['PORT', '-1', 'PORT must be a whole number'],
    ['PORT', '1e3', 'PORT must be a whole number'],
    ['RESOLVE_EVERY_SECONDS', '0', 'RESOLVE_EVERY_SECONDS must be a whole number from 1 to 86400'],
    ['QUIET_PERIOD_SECONDS', '1.5', 'QUIET_PERIOD_SECONDS must be a whole number from 1 to 86400'],
    ['IAMPORT_API_URL', 'api.iamport.kr', 'IAMPORT_API_URL must be an http:// or https:// address'],
    [
      'AWS_ENDPOINT_URL_DYNAMODB',
      'ftp://x',
      'AWS_ENDPOINT_URL_DYNAMODB must be an http:// or https:// address',
    ],
    ['EVENTS_URL', 'http://user@127.0.0.1:9', 'EVENTS_URL must name no user and no password'],
    ['EVENTS_URL', 'http://:password@127.0.0.1:9', 'EVENTS_URL must name no user and no password'],
    ['ALLOWED_ORIGINS', 'https://shop.example/', 'must be exact origins such as http://localhost:5173'],
    ['ALLOWED_ORIGINS', 'https://shop.example/a', '"https://shop.example/a"; perhaps https://shop.example'],
    ['ALLOWED_ORIGINS', 'https://*', 'must be exact origins'],
    ['ALLOWED_ORIGINS', '*', 'must be exact origins'],
    ['ALLOWED_ORIGINS', 'null', 'must be exact origins'],
    ['ALLOWED_ORIGINS', 'shop.example', 'must be exact origins'],
    ['IAMPORT_IMP_KEY', 'key', 'IAMPORT_IMP_KEY and IAMPORT_IMP_SECRET must be given together'],
  ])('%s=%s is refused, and the message names the variable and its rule', (name, value, message) => {
    expect(() => readSettings({ [name]: value })).toThrow(message);
  });
});

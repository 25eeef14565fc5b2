import { expect, test } from 'vitest';
import { s3Config } from './s3-config.js';

test('reads the parts of a bucket URL', () => {
  expect(s3Config('s3://graft')).toEqual({ bucket: 'graft', pathStyle: false });
  expect(s3Config('s3://graft/a/b/?region=eu-central-1')).toEqual({
    bucket: 'graft',
    prefix: 'a/b',
    region: 'eu-central-1',
    pathStyle: false,
  });
  expect(s3Config('s3://graft?endpoint=http://127.0.0.1:9000&path-style=true')).toEqual({
    bucket: 'graft',
    endpoint: 'http://127.0.0.1:9000',
    pathStyle: true,
  });
});

test.each(['', 'graft', 's3:///graft', 'https://graft', 's3://user:password@graft', 's3://graft?regoin=x'])(
  'refuses %j without repeating it, for a password may be in it',
  (url) => {
    expect(() => s3Config(url)).toThrow(expect.objectContaining({ code: 'usage/bucket' }));
    expect(() => s3Config(url)).not.toThrow('password');
  },
);

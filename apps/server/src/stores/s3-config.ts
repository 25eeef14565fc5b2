import { GraftError } from '@graft/core';

/** Where a bucket is. Credentials come from where the AWS SDK looks for them: environment, profile, machine role. */
export interface S3Config {
  readonly bucket: string;
  /** Before every key, without slashes at its ends. */
  readonly prefix?: string;
  /** URL of an S3-compatible server; left out: AWS. */
  readonly endpoint?: string;
  readonly region?: string;
  /** The bucket's name in the path, not in the host name: what most servers other than AWS need. */
  readonly pathStyle?: boolean;
}

const PARAMETERS = ['endpoint', 'region', 'path-style'];

/**
 * Reads `s3://BUCKET/PREFIX?endpoint=URL&region=NAME&path-style=true`.
 *
 * @throws GraftError `usage/bucket`
 *
 * @example
 * s3Config('s3://graft?endpoint=http://minio:9000&path-style=true'); // { bucket: 'graft', endpoint, pathStyle: true }
 */
export function s3Config(text: string): S3Config {
  const url = URL.canParse(text) ? new URL(text) : null;
  const names = [...(url?.searchParams.keys() ?? [])];
  const unknown = names.find((name) => !PARAMETERS.includes(name));
  if (url?.protocol !== 's3:' || url.host === '' || url.username !== '' || unknown !== undefined) {
    throw new GraftError(
      'usage/bucket',
      `Expected s3://BUCKET/PREFIX with ${PARAMETERS.join(', ')} behind a question mark. Received ${unknown ? `the parameter "${unknown}"` : 'something else'}.`,
      { hint: 'Give credentials by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not in the URL.' },
    );
  }
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  const endpoint = url.searchParams.get('endpoint');
  const region = url.searchParams.get('region');
  return {
    bucket: url.host,
    ...(prefix !== '' && { prefix }),
    ...(endpoint !== null && { endpoint }),
    ...(region !== null && { region }),
    pathStyle: url.searchParams.get('path-style') === 'true',
  };
}

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formats } from '../../generator/config/formats.js';
import { parseImage, parseVersion } from '../../generator/config/image.js';
import { canonicalQuantity, parseQuantity } from '../../generator/config/quantity.js';

const test = suite('formats');

const table: Record<string, { good: string[]; bad: string[] }> = {
  cron: {
    good: ['* * * * *', '17 3 * * 0', '*/5 0-23/2 1,15 jan-mar MON', '0 0 ? * 6', '@weekly'],
    bad: [
      '',
      '* * * *',
      '60 * * * *',
      '* 24 * * *',
      '* * 0 * *',
      '* * * 13 *',
      '* * * * 7',
      '5-1 * * * *',
      '*/0 * * * *',
      '@reboot',
      'TZ=UTC * * * * *',
    ],
  },
  'time-zone': {
    good: ['Etc/UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'UTC'],
    bad: ['', 'Local', 'europe/berlin', '../etc', 'Mars/Olympus'],
  },
  'dns-name': { good: ['', 'registry.example.com', 'a'], bad: ['a..b', '-a.b', 'A.b', 'a_b', 'a.b.', 'http://a'] },
  cidr: {
    good: ['10.0.0.0/8', '::1/128'],
    bad: ['10.0.0.0', '10.0.0/8', '10.0.0.0/33', '::1/129', '10.0.0.0/8/8', 'a/8'],
  },
  image: {
    good: ['registry:3.1.1', 'localhost:5000/a/b:x', 'a.b/c@sha256:' + 'a'.repeat(64)],
    bad: ['', 'Registry', 'a:b:c', 'a/', ':tag', 'a@sha256:abc', 'a b'],
  },
  'bytes-quantity': { good: ['16Mi', '1Gi'], bad: ['15Mi', '500m', '1', 'x'] },
};

for (const [name, { good, bad }] of Object.entries(table)) {
  test(name, () => {
    for (const value of good) assert.ok(formats[name]!(value), `${value} is one`);
    for (const value of bad) assert.not(formats[name]!(value), `${value} is none`);
  });
}

test('quantities have their value in the base unit', () => {
  assert.equal(['1Ki', '1.5Gi', '500m', '2', '1k', '.5'].map(parseQuantity), [1024, 1.5 * 2 ** 30, 0.5, 2, 1000, 0.5]);
  assert.equal(['1 Gi', '1GB', '', '-1', '1e'].map(parseQuantity), [
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('quantities are written as the API server keeps them', () => {
  const kept = {
    '1024Mi': '1Gi',
    '0.5Gi': '512Mi',
    '1.5Ti': '1536Gi',
    '1025Gi': '1025Gi',
    '1024.1Ki': '1048678400m',
    '0.5Ki': '512',
    '2048000k': '2048M',
    '1536M': '1536M',
    '1000000000': '1G',
    '536870912': '536870912',
    '1000m': '1',
    '0.5': '500m',
    '.25': '250m',
    '1.0005': '1001m',
    '010': '10',
  };
  assert.equal(Object.fromEntries(Object.keys(kept).map((text) => [text, canonicalQuantity(text)])), kept);
  for (const text of Object.values(kept)) assert.is(canonicalQuantity(text), text);
});

test('an image reference falls into its parts', () => {
  assert.equal(parseImage('host:5000/a/b:1.2.3@sha256:' + 'f'.repeat(64)), {
    repository: 'host:5000/a/b',
    tag: '1.2.3',
    digest: 'sha256:' + 'f'.repeat(64),
  });
});

test('a version is what a tag begins with', () => {
  assert.equal(parseVersion('v3.1.1-alpine'), { major: 3, minor: 1, patch: 1, prerelease: false });
  assert.is(parseVersion('3.0.0-rc.2')!.prerelease, true);
  assert.is(parseVersion('3.1'), undefined);
  assert.is(parseVersion('latest'), undefined);
});

test.run();

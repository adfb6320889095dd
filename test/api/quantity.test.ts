import fc from 'fast-check';
import t from 'tap';
import { canonicalQuantity, compareQuantities } from '../../src/api/quantity.ts';

/** What an API server of 1.36 stores for an amount that a user writes. */
const stored: [string | number, string][] = [
  ['1000m', '1'],
  ['1024Mi', '1Gi'],
  ['1.5Ki', '1536'],
  ['62.5Ki', '64k'],
  ['0.5', '500m'],
  ['.5', '500m'],
  ['5.', '5'],
  [2000, '2k'],
  [0, '0'],
  ['0Ki', '0'],
  ['1e3', '1e3'],
  ['1e2', '100'],
  ['100e1', '1e3'],
  ['1e19', '10e18'],
  ['1.5Ki', '1536'],
  ['0.1Ki', '102400m'],
  ['0.001Ki', '1024m'],
  ['1023', '1023'],
  ['1024', '1024'],
  ['1.5Gi', '1536Mi'],
  ['1.10Gi', '1181116006400m'],
  ['1024Pi', '1Ei'],
  ['8Ei', '9223372036854775807'],
  ['10E', '10E'],
  ['1000k', '1M'],
  ['1001k', '1001k'],
  ['1000000000k', '1T'],
  ['0.9n', '1n'],
  ['1000000n', '1m'],
  ['999999999999999999k', '999999999999999999k'],
  ['1234567890123456.789', '1234567890123456789m'],
];

t.test('amounts take the form that the API server stores', async (t) => {
  for (const [written, form] of stored) t.equal(canonicalQuantity(written), form, `${written}`);
});

t.test('amounts of containers are rounded up to thousandths, as the API server does', async (t) => {
  for (const [written, form] of [
    ['7u', '1m'],
    ['1.0000000001', '1001m'],
    ['1', '1'],
    ['0', '0'],
    ['1m', '1m'],
    ['64Mi', '64Mi'],
  ] as const) {
    t.equal(canonicalQuantity(written, 'm'), form, written);
  }
});

t.test('amounts are compared by what they amount to', async (t) => {
  const rising = [
    '0',
    '1n',
    '1u',
    '1m',
    '999m',
    '1',
    '1001m',
    '1k',
    '1Ki',
    '1e6',
    '1Mi',
    '1G',
    '1Gi',
    '1E',
    '1Ei',
  ];
  rising.forEach((one, at) => {
    rising.forEach((other, otherAt) => {
      t.equal(Math.sign(compareQuantities(one, other)), Math.sign(at - otherAt), `${one} to ${other}`);
    });
  });
  for (const [one, other] of [
    ['1', '1000m'],
    ['1Ki', '1024'],
    ['1e3', '1k'],
    [1, '1'],
  ] as const) {
    t.equal(compareQuantities(one, other), 0, `${one} is ${other}`);
  }
});

t.test('what is no amount throws', async (t) => {
  for (const one of ['', '.', '-1', '1K', '1mm', 'Mi', '1 ', 'e3'])
    t.throws(() => canonicalQuantity(one), one);
});

const amount = fc.oneof(
  fc.nat(),
  fc.stringMatching(/^([0-9]{1,18}(\.[0-9]{0,9})?|\.[0-9]{1,9})([KMGTPE]i|[numkMGTPE]|[eE]1?[0-9])?$/),
);

t.test('the canonical form of a canonical form is itself, and amounts to the same', async () => {
  fc.assert(
    fc.property(amount, fc.constantFrom('n' as const, 'm' as const), (one, finest) => {
      const form = canonicalQuantity(one, finest);
      const rounded = finest === 'm' ? compareQuantities(form, one) >= 0 : compareQuantities(form, one) === 0;
      return rounded && canonicalQuantity(form, finest) === form;
    }),
  );
});

t.test('comparing is an order', async () => {
  fc.assert(
    fc.property(amount, amount, amount, (a, b, c) => {
      const [low, middle, high] = [a, b, c].sort(compareQuantities) as [string, string, string];
      return (
        compareQuantities(low, middle) <= 0 &&
        compareQuantities(middle, high) <= 0 &&
        compareQuantities(low, high) <= 0 &&
        compareQuantities(a, b) === 0 - compareQuantities(b, a) &&
        compareQuantities(a, a) === 0
      );
    }),
  );
});

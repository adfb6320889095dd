/**
 * Kubernetes resource amounts. The API server stores them in one canonical form, so a manifest that is to compare
 * equal with what was stored must carry that form.
 * The rule: apimachinery's `pkg/api/resource`, whose precision is 10^-9, rounded up.
 */

const NANO = 1_000_000_000n;
const DECIMAL: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const DECIMAL_SUFFIX = new Map(Object.entries(DECIMAL).map(([suffix, exponent]) => [exponent, suffix]));
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const MOST_BINARY = (2n ** 63n - 1n) * NANO;
const FORM = /^(\d*)(?:\.(\d*))?(?:([KMGTPE]i)|([numkMGTPE]?)|[eE](-?\d{1,2}))$/;

interface Amount {
  nano: bigint;
  form: 'binary' | 'decimal' | 'exponent';
}

/**
 * @param quantity a number or a string such as `500m`, `64Mi`, `1.5`, `1e3`, as the CRD accepts it.
 * @throws Error where it has no such form.
 */
function parse(quantity: string | number): Amount {
  const match = FORM.exec(String(quantity));
  if (!match || (!match[1] && !match[2])) throw new Error(`not a resource amount: ${quantity}`);
  const [, whole = '', fraction = '', binary, decimal = '', exponent] = match;
  const digits = BigInt(whole + fraction);
  if (binary) {
    const scaled = digits * NANO * 1024n ** BigInt(BINARY.indexOf(binary));
    const nano = divideUp(scaled, 10n ** BigInt(fraction.length));
    return { nano: nano > MOST_BINARY ? MOST_BINARY : nano, form: 'binary' };
  }
  const power = 9 - fraction.length + (exponent ? Number(exponent) : DECIMAL[decimal]!);
  const nano = power >= 0 ? digits * 10n ** BigInt(power) : divideUp(digits, 10n ** BigInt(-power));
  return { nano, form: exponent ? 'exponent' : 'decimal' };
}

function divideUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

/**
 * The amount in the API server's canonical form: `1000m` → `1`, `1024Mi` → `1Gi`, `0.5` → `500m`, 2000 → `2k`.
 *
 * @param finest the smallest unit that is kept; amounts are rounded up to it. Container resources are kept in `m`.
 */
export function canonicalQuantity(quantity: string | number, finest: 'n' | 'm' = 'n'): string {
  const { nano: exact, form } = parse(quantity);
  const unit = finest === 'm' ? 1_000_000n : 1n;
  const nano = divideUp(exact, unit) * unit;
  if (nano === 0n) return '0';
  // Without a suffix it is read back as a decimal amount: 62.5Ki is 64000 bytes, and from then on 64k.
  if (form === 'binary' && nano % (1024n * NANO) === 0n) {
    let value = nano / NANO;
    let power = 0;
    while (value % 1024n === 0n && power < BINARY.length - 1) {
      value /= 1024n;
      power++;
    }
    return `${value}${BINARY[power]}`;
  }
  let value = nano;
  let exponent = -9;
  while (value % 1000n === 0n && exponent < 18) {
    value /= 1000n;
    exponent += 3;
  }
  if (form === 'exponent' && exponent !== 0) return `${value}e${exponent}`;
  return `${value}${DECIMAL_SUFFIX.get(exponent)}`;
}

/** @returns the amount as a number, of bytes for example. */
export function amountOf(quantity: string | number): number {
  return Number(parse(quantity).nano) / Number(NANO);
}

/** @returns a negative number, 0 or a positive number as `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: string | number, b: string | number): number {
  const difference = parse(a).nano - parse(b).nano;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

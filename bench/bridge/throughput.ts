/** The bridge beside others that serve the same server over HTTP, in turns, so that a noisy machine is noisy for all. */
import type { Contestant } from './contestants.ts';
import { type Load, load, MEGABYTE } from './load.ts';

export const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
const rate = ({ calls, seconds }: Load) => calls / seconds;

/**
 * Prints a table, and how many times the others' calls the first contestant makes.
 * @param seconds of each round.
 */
export async function throughput(
  competing: readonly Contestant[],
  connections: number,
  rounds: number,
  seconds: number,
): Promise<void> {
  const loads = new Map(competing.map((one) => [one, [] as Load[]]));
  for (const one of competing) await load(one, connections, { duration: seconds });
  for (let round = 0; round < rounds; round++) {
    for (const [one, results] of loads) results.push(await load(one, connections, { duration: seconds }));
  }
  console.log(
    `\nThe tool echo by HTTP, ${connections} connections, ${rounds} rounds of ${seconds} s each, medians`,
  );
  const table: Record<string, object> = {};
  for (const [{ name }, results] of loads) {
    const cost = (part: keyof Load['cpu']) =>
      Math.round(median(results.map(({ cpu, calls }) => (cpu[part] * 1000) / calls)));
    table[name] = {
      'calls per second': Math.round(median(results.map(rate))),
      'p99 ms': median(results.map(({ p99 }) => p99)),
      'CPU us per call': cost('front'),
      'of the server behind': cost('behind'),
      'of the client': cost('client'),
      'RSS MB': Math.round(Math.max(...results.map(({ rss }) => rss)) / MEGABYTE),
    };
  }
  console.table(table);
  const [[ours, own], ...others] = [...loads] as [[Contestant, Load[]], ...[Contestant, Load[]][]];
  for (const [{ name }, theirs] of others) {
    const ratios = theirs.map((other, round) => rate(own[round]!) / rate(other));
    const each = ratios.map((ratio) => ratio.toFixed(2)).join(' ');
    console.log(`${ours.name}: ${median(ratios).toFixed(2)} times the calls of ${name}; by round: ${each}`);
  }
}

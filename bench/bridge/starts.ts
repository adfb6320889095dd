/** From the start of a process until a client can be answered: the server alone, and behind the bridge. */
import { bridgeTo, everything } from './contestants.ts';
import { median } from './throughput.ts';

const STARTS = 5;

export async function starts(): Promise<void> {
  const own: number[] = [];
  const behind: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    own.push(await everything().firstAnswer());
    const began = performance.now();
    const bridge = await bridgeTo(everything());
    behind.push(performance.now() - began);
    await bridge.stop();
  }
  console.log(
    `\nThe server's own start takes ${Math.round(median(own))} ms, the bridge is ready after ${Math.round(median(behind))} ms`,
  );
}

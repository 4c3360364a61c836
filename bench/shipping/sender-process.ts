/* The sender, in a process of its own so that its CPU time can be told. */
import type { Shipped, ShippingTask } from './variants.ts';
import { WAYS } from './ways.ts';

async function ship(task: ShippingTask): Promise<Shipped> {
  const problems: string[] = [];
  const way = await WAYS[task.variant](task, (problem) => problems.push(problem));
  const startedAtMillis = Date.now();
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await way.run();
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  await way.close();
  return { chain: way.chain, startedAtMillis, seconds, cpuMicros: user + system, problems };
}

process.on('message', ({ question }: { question: ShippingTask }) => {
  ship(question).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });

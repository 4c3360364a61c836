/* The sender, in a process of its own so that its CPU time can be told. */
import { answerQuestions } from '../stage/answer-questions.ts';
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

answerQuestions(ship);

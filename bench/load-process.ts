/* The client, in a process of its own so that it can have a core of its own. */
import { runPacedLoad } from './load/paced-load.ts';
import { runLoad } from './load/run-load.ts';
import type { ClientQuestion } from './stage/client.ts';

process.on('message', ({ question }: { question: ClientQuestion }) => {
  const answering = 'paced' in question ? runPacedLoad(question.paced) : runLoad(question.full);
  answering.then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });

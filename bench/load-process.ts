/* The client, in a process of its own so that it can have a core of its own. */
import { runLoad } from './load/run-load.ts';
import type { Load } from './load/run-load.ts';

process.on('message', ({ question }: { question: Load }) => {
  runLoad(question).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });

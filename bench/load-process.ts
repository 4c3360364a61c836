/* The client, in a process of its own so that it can have a core of its own. */
import { runPacedLoad } from './load/paced-load.ts';
import { runLoad } from './load/run-load.ts';
import { answerQuestions } from './stage/answer-questions.ts';
import type { ClientQuestion } from './stage/client.ts';

answerQuestions<ClientQuestion>((question) =>
  'paced' in question ? runPacedLoad(question.paced) : runLoad(question.full),
);

/** The other side of a peer that is asked, in TypeScript: says that it is there, and ends by a fault or when it is let go. */
export function answerQuestions<Question>(answer: (question: Question) => Promise<unknown>): void {
  process.on('message', ({ question }: { question: Question }) => {
    answer(question).then(
      (found) => process.send?.({ answer: found }),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.once('disconnect', () => process.exit());
  process.send?.({ ready: true });
}

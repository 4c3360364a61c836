import { expect, test } from 'vitest';
import { startPeer } from '../../bench/stage/peer.ts';

const start = (script: string) =>
  startPeer({ name: 'The peer', args: ['-e', script], env: process.env, cores: '' });

test('a peer speaks, answers and ends by itself when it is let go', async () => {
  const peer = start(`
    process.send({ port: 1 });
    process.on('message', ({ question }) => process.send({ answer: question + '!' }));
  `);
  expect(await peer.next()).toEqual({ port: 1 });
  expect(await peer.ask('well')).toBe('well!');
  expect(await peer.end()).toEqual([]);
});

test('a peer that dies fails the question with its last words', async () => {
  const peer = start(`
    process.once('message', () => { console.error('out of luck'); process.exitCode = 3; process.disconnect(); });
    process.send('here');
  `);
  await peer.next();
  await expect(peer.ask('well')).rejects.toThrow(/The peer ended with exit code 3\nout of luck/);
  expect(await peer.end()).toEqual(['ended with exit code 3', 'out of luck']);
});

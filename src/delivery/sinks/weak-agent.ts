import http from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * An agent whose connections do not keep the process alive: an application that has finished ends, whatever its sink is
 * doing. Whoever wants to wait for an answer holds the process by a timer of its own.
 *
 * @param url Says by its protocol which kind of agent.
 */
export function createWeakAgent(url: string): http.Agent {
  const options = { keepAlive: true };
  const isSecure = url.startsWith('https:');
  const { Agent } = isSecure ? process.getBuiltinModule('node:https') : http;
  const agent: http.Agent = new Agent(options);
  const connect = agent.createConnection;
  const reuse = agent.reuseSocket;
  agent.createConnection = function createConnection(connection, callback) {
    return weaken(connect.call(this, connection, callback));
  };
  // NOTE: a socket that is taken from the pool is made to hold the process again.
  agent.reuseSocket = function reuseSocket(socket, request) {
    reuse.call(this, socket, request);
    weaken(socket);
  };
  return agent;
}

/** NOTE: with several addresses to try, each attempt has a handle of its own. */
function weaken<T extends Duplex | null | undefined>(stream: T): T {
  const socket = stream as Socket | null | undefined;
  socket?.unref();
  if (socket?.connecting === true) socket.on('connectionAttempt', () => socket.unref());
  return stream;
}

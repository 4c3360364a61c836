/**
 * Asked before anything else is loaded, by the preload and by the command line.
 * NOTE: old versions of Node.js must be able to read this file, so it imports nothing and its syntax is plain.
 *
 * @returns What to say where this Node.js is too old; undefined where it is not.
 */
export function refusalOfOldNode(): string | undefined {
  const parts = process.versions.node.split('.').map(Number) as [number, number];
  if (parts[0] > 22 || (parts[0] === 22 && parts[1] >= 15)) return undefined;
  return (
    'audit-register: Node.js 22.15 or newer is needed, this is ' +
    process.versions.node +
    '; update Node.js\n'
  );
}

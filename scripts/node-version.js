/** Which Node the program needs. Plain JavaScript that an older Node can parse. */

/** @returns what is wrong with the Node that runs; undefined where it is new enough */
export function problemOfNode() {
  const running = process.versions.node;
  const [major, minor] = running.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 11)) return undefined;
  return `Node 20.11 or newer is needed, 24 is recommended; this is ${running}, at ${process.execPath}. Install another one (https://nodejs.org), then run the command again.`;
}
